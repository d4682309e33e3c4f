namespace Wallet.Ledger;

/// <summary>
/// Audits an account and its entries with their transfers. After a fault it goes on from the entry as it is, so that each broken entry is
/// found once, and what lies behind it as well. Pure; not thread-safe.
/// </summary>
/// <param name="account">The account's row, of the same moment as the entries.</param>
/// <param name="from">Where to begin.</param>
public sealed class AccountAudit(Account account, ChainPosition from)
{
    private readonly ChainVerifier _chain = new(account, from);
    private readonly List<LedgerFinding> _findings = [];

    /// <summary>What was found, in the order of the entries.</summary>
    public IReadOnlyList<LedgerFinding> Findings => _findings;

    /// <summary>After the latest entry that was audited.</summary>
    public ChainPosition Position => _chain.Position;

    /// <summary>Audits the next entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="transfer">The transfer that it names; null where there is none.</param>
    public void Follow(Entry entry, Transfer? transfer)
    {
        switch (_chain.Follow(entry))
        {
            case ChainFault.None:
                break;
            case ChainFault.WrongAccount:
                Add(FindingKind.WrongAccount, _chain.Seq + 1);
                return;
            case ChainFault.SequenceGap:
                Add(FindingKind.SequenceGap, _chain.Seq + 1);
                _chain.GoTo(ChainPosition.After(entry));
                break;
            case var fault:
                Add(KindOf(fault), entry.Seq, entry.TransferId);
                _chain.GoTo(ChainPosition.After(entry));
                break;
        }

        if (TransferAudit.Check(account, entry, transfer) is { } kind)
            Add(kind, entry.Seq, entry.TransferId);
    }

    /// <summary>All entries up to that sequence number have been given. Where some were not there, it goes on behind them.</summary>
    public void Reach(long seq)
    {
        if (_chain.Seq >= seq)
            return;
        Add(FindingKind.SequenceGap, _chain.Seq + 1);
        _chain.GoTo(ChainPosition.Unknown(seq));
    }

    /// <summary>All entries have been given: audits the account's row.</summary>
    /// <param name="latest">A later time than this lies in the future.</param>
    public void Finish(DateTime latest)
    {
        var fault = _chain.Finish();
        if (fault != ChainFault.None)
            Add(KindOf(fault), account.EntryCount);
        if (fault != ChainFault.BelowZero && ChainVerifier.IsBelowZero(account))
            Add(FindingKind.BelowZero, account.EntryCount);
        if (account.ChangedAt > latest)
            Add(FindingKind.InTheFuture, account.EntryCount);
    }

    private static FindingKind KindOf(ChainFault fault) => (FindingKind)fault;

    private void Add(FindingKind kind, long seq, Guid? transferId = null) => _findings.Add(new LedgerFinding(kind, account.Id, seq, transferId));
}
