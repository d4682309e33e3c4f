using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Service.Accounts;

/// <summary>
/// Reads pages of histories. A history has no gap, so a page without a filter is a range of sequence numbers, and those who ask for one at the
/// same time share a query. Safe to use from any thread.
/// </summary>
internal sealed class HistoryReader(ILedgerStore store)
{
    private readonly SharedQuery<EntryRange, IReadOnlyList<Entry>> _ranges = new(async asked =>
    {
        EntryRange[] ranges = [.. asked];
        return ranges.Zip(await store.ReadEntriesAsync(ranges, CancellationToken.None), KeyValuePair.Create);
    });

    /// <summary>A page of the account's history.</summary>
    /// <param name="account">As it was read for this page: its history is shown up to there.</param>
    /// <param name="query">What of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LedgerStoreException">The database is away, or too many reads wait.</exception>
    public async Task<EntryPage> ReadAsync(Account account, EntryQuery query, CancellationToken cancellationToken)
    {
        if (query.HasFilter)
            return await store.FindEntriesAsync(query, cancellationToken);

        var end = Math.Min(query.BeforeSeq ?? long.MaxValue, account.EntryCount + 1);
        var begin = Math.Max(1, end - query.Limit);
        if (begin >= end)
            return EntryPage.Empty;
        var entries = await _ranges.ReadAsync(new EntryRange(account.Id, begin, end), cancellationToken);
        return new EntryPage(entries!, begin > 1 ? begin : null);
    }
}
