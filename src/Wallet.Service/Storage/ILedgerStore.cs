using Wallet.Ledger;

namespace Wallet.Service.Storage;

/// <summary>
/// Where the ledger is kept. Writes happen in whole batches, decided by the <see cref="BatchPlanner"/> inside the store's own
/// transaction; a store holds no rule of its own, only the backstops of its schema. All members are safe to call concurrently and,
/// but for <see cref="CommitAsync"/>, throw <see cref="LedgerStoreException"/> with <see cref="StoreFailure.Unavailable"/> while the
/// database is away.
/// </summary>
internal interface ILedgerStore : IAsyncDisposable
{
    /// <summary>The kind of database, as metrics and logs name it: <c>sqlite</c> or <c>postgresql</c>.</summary>
    string Name { get; }

    /// <summary>How many batches may usefully run at the same time.</summary>
    int WritersMax { get; }

    /// <summary>
    /// Brings the schema up to date under a lock, so that several copies may start at once, and checks that the ledger may be used: a
    /// commit waits for the disk, and the currencies count the same units as before.
    /// </summary>
    /// <exception cref="StartupException">It may not; the message says why and what to do.</exception>
    Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Ends when a batch could be written at once. To be waited for before the batch is put together: what comes until then belongs into it.
    /// </summary>
    Task WhenWritableAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Decides and writes a batch in one transaction:
    /// 1 begin, 2 lock and load what the commands name, 3 plan, 4 write, 5 commit. A batch that was in doubt may be given again: what it
    /// did is found under the commands' ids.
    /// </summary>
    /// <param name="commands">1 to <see cref="Limits.BatchCommandsMax"/> commands.</param>
    /// <param name="now">The time to record, UTC.</param>
    /// <param name="cancellationToken">Gives the batch up before its commit was sent, never after.</param>
    /// <returns>What each command came to. It is durable.</returns>
    /// <exception cref="LedgerStoreException">The batch as a whole was not applied, or may have been: see <see cref="StoreFailure"/>.</exception>
    Task<IReadOnlyList<Decision>> CommitAsync(IReadOnlyList<TransferCommand> commands, DateTime now, CancellationToken cancellationToken);

    /// <summary>Opens an account, or finds the one that the same request opened before.</summary>
    Task<OpeningDecision> OpenAccountAsync(OpenAccountCommand command, DateTime now, CancellationToken cancellationToken);

    /// <summary>
    /// Those of the accounts that exist, each once, in no particular order. All of them as of one moment, after every commit that was confirmed before the
    /// call: a transfer between two of them shows on both or on neither. On a sharded database that holds for the accounts of one shard.
    /// </summary>
    Task<IReadOnlyList<Account>> FindAccountsAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken);

    /// <summary>The users' accounts, each once, the oldest of all of them first; at most <see cref="Limits.AccountsPerUserMax"/> for each user.</summary>
    Task<IReadOnlyList<Account>> ListAccountsAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken);

    /// <summary>The transfer, posted or refused, or null where nothing is recorded under that id.</summary>
    Task<Transfer?> FindTransferAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>The entries of each range, newest first.</summary>
    /// <param name="ranges">Of entries that exist.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<IReadOnlyList<Entry>>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken);

    /// <summary>A page of those entries of an account that pass a filter, newest first.</summary>
    Task<EntryPage> FindEntriesAsync(EntryQuery query, CancellationToken cancellationToken);

    /// <summary>Succeeds where the database answers and can be written to.</summary>
    Task CheckAsync(CancellationToken cancellationToken);
}

/// <summary>Entries of an account without a gap.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="BeginSeq">The sequence number of the first; 1 or more.</param>
/// <param name="EndSeq">One past that of the last; more than <paramref name="BeginSeq"/>.</param>
internal readonly record struct EntryRange(long AccountId, long BeginSeq, long EndSeq);

/// <summary>Which entries of an account to read.</summary>
internal sealed record EntryQuery
{
    /// <summary>How many entries one query may look at: with a filter that few entries pass, a page ends here and says that there is more.</summary>
    public const int EntriesScannedMax = 2_000;

    public required long AccountId { get; init; }

    /// <summary>Only entries with a lower sequence number; null to begin at the newest.</summary>
    public long? BeforeSeq { get; init; }

    /// <summary>Only what came in (<see cref="EntryDirection.In"/>) or went out; null for both.</summary>
    public EntryDirection? Direction { get; init; }

    /// <summary>Only entries made at this time or later, UTC.</summary>
    public DateTime? From { get; init; }

    /// <summary>Only entries made before this time, UTC.</summary>
    public DateTime? To { get; init; }

    /// <summary>How many entries a page has at the most; at least 1.</summary>
    public required int Limit { get; init; }

    /// <summary>Whether anything but the sequence number decides which entries are on the page.</summary>
    public bool HasFilter => Direction is not null || From is not null || To is not null;
}

internal enum EntryDirection
{
    /// <summary>The account gained.</summary>
    In,

    /// <summary>The account paid.</summary>
    Out,
}

/// <param name="Entries">Newest first.</param>
/// <param name="NextBeforeSeq">Where the next page begins (<see cref="EntryQuery.BeforeSeq"/>); null where this is the last.</param>
internal sealed record EntryPage(IReadOnlyList<Entry> Entries, long? NextBeforeSeq)
{
    /// <summary>One with nothing on it.</summary>
    public static EntryPage Empty { get; } = new([], null);
}
