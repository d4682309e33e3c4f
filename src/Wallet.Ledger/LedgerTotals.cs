namespace Wallet.Ledger;

/// <summary>A currency as a whole.</summary>
/// <param name="Currency">Its code.</param>
/// <param name="Accounts">How many accounts keep it.</param>
/// <param name="Balance">The sum of their balances.</param>
/// <param name="EntryCount">The sum of their counts of entries.</param>
public sealed record CurrencyTotals(string Currency, long Accounts, Int128 Balance, Int128 EntryCount);

/// <summary>The ledger as a whole, as of one moment.</summary>
/// <param name="Currencies">Every currency that an account keeps.</param>
/// <param name="Entries">How many entries there are; null where they were not counted.</param>
/// <param name="PostedTransfers">How many posted transfers there are; null where they were not counted.</param>
public sealed record LedgerTotals(IReadOnlyList<CurrencyTotals> Currencies, long? Entries, long? PostedTransfers)
{
    /// <summary>How many accounts there are.</summary>
    public long Accounts => Currencies.Sum(static currency => currency.Accounts);

    /// <summary>What is wrong with the whole: money that appeared or disappeared, entries that are on no account's chain or of no transfer.</summary>
    public IReadOnlyList<LedgerFinding> Check()
    {
        var findings = Currencies.Where(static currency => currency.Balance != 0)
            .Select(static currency => new LedgerFinding(FindingKind.SumNotZero, Currency: currency.Currency)).ToList();
        var counted = Currencies.Aggregate(Int128.Zero, static (sum, currency) => sum + currency.EntryCount);
        if (Entries is { } entries && (entries != counted || entries != 2 * (Int128)PostedTransfers.GetValueOrDefault()))
            findings.Add(new LedgerFinding(FindingKind.StrayEntries));
        return findings;
    }
}
