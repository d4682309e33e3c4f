using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Chaos.Checking;

/// <param name="Account">Its row.</param>
/// <param name="Entries">All of them, oldest first.</param>
internal sealed record AccountHistory(Account Account, IReadOnlyList<Entry> Entries);

/// <summary>What the database holds at the end.</summary>
internal sealed record FinalLedger
{
    private const int PageSize = 1_000;
    private const int SystemAccountsMax = 20;

    public required IReadOnlyList<AccountHistory> Histories { get; init; }

    /// <summary>Those of the asked transfers that are recorded, posted or refused.</summary>
    public required IReadOnlyDictionary<Guid, Transfer> Transfers { get; init; }

    /// <summary>Reads the accounts, the system's beside them, and the transfers.</summary>
    public static async Task<FinalLedger> ReadAsync(ILedgerStore store, IEnumerable<long> accountIds, IEnumerable<Guid> transferIds, CancellationToken cancellationToken)
    {
        var histories = new List<AccountHistory>();
        foreach (var account in await store.FindAccountsAsync([.. Enumerable.Range(1, SystemAccountsMax).Select(static id => (long)id), .. accountIds], cancellationToken))
            histories.Add(new AccountHistory(account, await ReadEntriesAsync(store, account.Id, cancellationToken)));

        var transfers = new Dictionary<Guid, Transfer>();
        foreach (var id in transferIds)
        {
            if (await store.FindTransferAsync(id, cancellationToken) is { } transfer)
                transfers.Add(id, transfer);
        }

        return new FinalLedger { Histories = histories, Transfers = transfers };
    }

    private static async Task<IReadOnlyList<Entry>> ReadEntriesAsync(ILedgerStore store, long accountId, CancellationToken cancellationToken)
    {
        var entries = new List<Entry>();
        for (long? before = null; ;)
        {
            var page = await store.FindEntriesAsync(new EntryQuery { AccountId = accountId, BeforeSeq = before, Limit = PageSize }, cancellationToken);
            entries.AddRange(page.Entries);
            if ((before = page.NextBeforeSeq) is null)
                break;
        }

        entries.Reverse();
        return entries;
    }
}
