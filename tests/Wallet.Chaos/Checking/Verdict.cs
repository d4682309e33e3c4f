using Wallet.Ledger;
using Wallet.Service.Http;

namespace Wallet.Chaos.Checking;

/// <summary>Holds the ledger against what the clients asked for and were told. Pure.</summary>
internal sealed class Verdict
{
    private readonly IReadOnlyList<AskedTransfer> _asked;
    private readonly FinalLedger _ledger;
    private readonly Dictionary<Guid, List<Entry>> _entries;
    private readonly Dictionary<long, long> _balances = [];
    private readonly List<Contradiction> _contradictions = [];

    private Verdict(IReadOnlyList<AskedTransfer> asked, FinalLedger ledger)
    {
        _asked = asked;
        _ledger = ledger;
        _entries = ledger.Histories.SelectMany(static history => history.Entries).GroupBy(static entry => entry.TransferId).ToDictionary(static group => group.Key, static group => group.ToList());
    }

    /// <param name="asked">Everything that was asked for, the deposits too. What has no answer may have happened once or not at all.</param>
    /// <param name="ledger">What is there.</param>
    /// <returns>Every contradiction; nothing where all is as it must be.</returns>
    public static IReadOnlyList<Contradiction> Of(IReadOnlyList<AskedTransfer> asked, FinalLedger ledger)
    {
        var verdict = new Verdict(asked, ledger);
        verdict.CheckTransfers();
        verdict.CheckForUnasked();
        foreach (var history in ledger.Histories)
            verdict.Check(history);
        verdict.CheckSums();
        return verdict._contradictions;
    }

    private void CheckTransfers()
    {
        foreach (var asked in _asked)
        {
            var entries = _entries.GetValueOrDefault(asked.Id) ?? [];
            if (asked.Told is { Refusal: { } refusal })
                CheckRefused(asked, refusal, entries);
            else if (asked.Told is not null || entries.Count > 0)
                CheckPosted(asked, entries);
        }
    }

    private void CheckRefused(AskedTransfer asked, string refusal, List<Entry> entries)
    {
        if (entries.Count > 0)
            Say(Fault.RefusalMovedMoney, $"{asked} was refused ({refusal}), and yet there is {Describe(entries)}.");
        var recorded = _ledger.Transfers.GetValueOrDefault(asked.Id);
        if (recorded is null || recorded.Outcome == Outcome.Done || ProblemCatalog.For(recorded.Outcome).Code != refusal)
            Say(Fault.RefusalDiffers, $"{asked} was refused ({refusal}), but recorded is {recorded?.Outcome.ToString() ?? "nothing"}.");
    }

    private void CheckPosted(AskedTransfer asked, List<Entry> entries)
    {
        var (payer, payee) = (asked.Payer.AccountId, asked.PayeeId ?? 0);
        _balances[payer] = _balances.GetValueOrDefault(payer) - asked.Amount;
        _balances[payee] = _balances.GetValueOrDefault(payee) + asked.Amount;
        if (entries.Count == 0)
        {
            Say(Fault.TransferLost, $"{asked} was acknowledged, but it is not in the ledger.");
            return;
        }

        if (entries.GroupBy(static entry => entry.AccountId).Any(static side => side.Count() > 1))
        {
            Say(Fault.TransferDoubled, $"{asked} is there more than once: {Describe(entries)}.");
            return;
        }

        var paid = entries.Find(entry => entry.AccountId == payer);
        var received = entries.Find(entry => entry.AccountId == payee);
        var recorded = _ledger.Transfers.GetValueOrDefault(asked.Id);
        if (entries.Count != 2
            || paid is null || paid.Amount != -asked.Amount || paid.CounterpartyId != payee || paid.Kind != asked.Kind
            || received is null || received.Amount != asked.Amount || received.CounterpartyId != payer || received.Kind != asked.Kind)
        {
            Say(Fault.TransferDiffers, $"{asked} has {Describe(entries)}.");
        }
        else if (recorded is not { Outcome: Outcome.Done } || recorded.Amount != asked.Amount || recorded.PayerSeq != paid.Seq || recorded.PayeeSeq != received.Seq)
        {
            Say(Fault.TransferDiffers, $"{asked} has {Describe(entries)}, but recorded is {recorded?.ToString() ?? "nothing"}.");
        }
        else if (asked.Told is { } told && (told.PayerBalanceAfter != paid.BalanceAfter || told.CreatedAt != paid.CreatedAt))
        {
            Say(Fault.TransferDiffers, $"{asked} was acknowledged with a balance of {told.PayerBalanceAfter} at {told.CreatedAt:O}, but there is {Describe(entries)} at {paid.CreatedAt:O}.");
        }
    }

    private void CheckForUnasked()
    {
        var asked = _asked.Select(static transfer => transfer.Id).ToHashSet();
        foreach (var (id, entries) in _entries.Where(pair => !asked.Contains(pair.Key)))
            Say(Fault.EntryUnasked, $"Nobody asked for the transfer {id}: {Describe(entries)}.");
    }

    private void Check(AccountHistory history)
    {
        var account = history.Account;
        var told = _balances.GetValueOrDefault(account.Id);
        if (account.Balance != told)
            Say(Fault.BalanceDiffers, $"Account {account.Id} has {account.Balance}, but by what was told it must have {told}.");
        if (account.Kind == AccountKind.User && history.Entries.Select(static entry => entry.BalanceAfter).Append(account.Balance).Min() is < 0 and var least)
            Say(Fault.BalanceNegative, $"Account {account.Id} went down to {least}.");

        var verifier = new ChainVerifier(account);
        var fault = history.Entries.Select(verifier.Follow).FirstOrDefault(static fault => fault != ChainFault.None);
        if (fault == ChainFault.None)
            fault = verifier.Finish();
        if (fault != ChainFault.None)
            Say(Fault.ChainBroken, $"The chain of account {account.Id} breaks after entry {verifier.Seq} of {account.EntryCount}: {fault}.");

        // One more with each batch that has an entry for the account, from 1 on.
        var changes = account.Version - 1;
        if (changes > history.Entries.Count || (changes < 1 && history.Entries.Count > 0))
            Say(Fault.VersionImpossible, $"Account {account.Id} has {history.Entries.Count} entries, but version {account.Version}.");
    }

    private void CheckSums()
    {
        foreach (var currency in _ledger.Histories.GroupBy(static history => history.Account.Currency))
        {
            if (currency.Sum(static history => history.Account.Balance) is not 0 and var sum)
                Say(Fault.SumNotZero, $"All accounts in {currency.Key} together have {sum}.");
        }
    }

    private void Say(Fault fault, string explanation) => _contradictions.Add(new Contradiction(fault, explanation));

    private static string Describe(IEnumerable<Entry> entries) =>
        string.Join(", ", entries.Select(static entry => $"entry {entry.Seq} of account {entry.AccountId} with {entry.Amount:+0;-0} and then {entry.BalanceAfter}"));
}
