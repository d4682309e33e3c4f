namespace Wallet.Ledger;

/// <summary>Audits transfers against their entries. All members are pure and safe to call from any thread.</summary>
public static class TransferAudit
{
    /// <summary>Checks an entry against the transfer that it names.</summary>
    /// <param name="account">The entry's account.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="transfer">The transfer of that id; null where there is none.</param>
    /// <returns>What is wrong first; null where nothing is.</returns>
    public static FindingKind? Check(Account account, Entry entry, Transfer? transfer)
    {
        if (transfer is null)
            return FindingKind.TransferMissing;
        if (transfer.Outcome != Outcome.Done)
            return FindingKind.TransferNotPosted;
        return transfer.Currency == account.Currency ? Compare(entry, transfer) : FindingKind.WrongParties;
    }

    /// <summary>Checks a transfer against the entries that lie where it says: each of a posted transfer's two, and none of a refused one's.</summary>
    /// <param name="transfer">The transfer.</param>
    /// <param name="payerEntry">The payer's entry; null where there is none of that number.</param>
    /// <param name="payeeEntry">The payee's entry; null where there is none of that number.</param>
    public static IReadOnlyList<LedgerFinding> Check(Transfer transfer, Entry? payerEntry, Entry? payeeEntry)
    {
        var findings = new List<LedgerFinding>(0);
        if (transfer.Outcome != Outcome.Done)
        {
            if (transfer.PayerSeq is not null || transfer.PayeeSeq is not null || transfer.PayerBalanceAfter is not null)
                findings.Add(new LedgerFinding(FindingKind.WrongDetails, TransferId: transfer.Id));
            return findings;
        }

        CheckSide(payerEntry, transfer.PayerId, transfer.PayerSeq);
        CheckSide(payeeEntry, transfer.PayeeId, transfer.PayeeSeq);
        return findings;

        void CheckSide(Entry? entry, long? accountId, long? seq)
        {
            // An entry of another transfer in its place is as good as none.
            var kind = entry?.TransferId == transfer.Id ? Compare(entry, transfer) : FindingKind.EntryMissing;
            if (kind is { } found)
                findings.Add(new LedgerFinding(found, accountId, seq, transfer.Id));
        }
    }

    private static FindingKind? Compare(Entry entry, Transfer transfer)
    {
        var isPayer = entry.AccountId == transfer.PayerId;
        if (isPayer == (entry.AccountId == transfer.PayeeId) || entry.CounterpartyId != (isPayer ? transfer.PayeeId : transfer.PayerId))
            return FindingKind.WrongParties;
        if (transfer.Amount < 1 || entry.Amount != (isPayer ? -transfer.Amount : transfer.Amount))
            return FindingKind.WrongAmount;
        var isSame = entry.Kind == transfer.Kind && entry.Message == transfer.Message && entry.CreatedAt == transfer.CreatedAt
            && entry.Seq == (isPayer ? transfer.PayerSeq : transfer.PayeeSeq)
            && (!isPayer || entry.BalanceAfter == transfer.PayerBalanceAfter);
        return isSame ? null : FindingKind.WrongDetails;
    }
}
