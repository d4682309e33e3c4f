using Wallet.Ledger;

namespace Wallet.Service.Storage;

/// <summary>
/// What an audit reads of the ledger, and the little that it keeps for itself. Every look is one snapshot of the database, takes no lock
/// that anyone waits for, and reads no more than it is told. All members are safe to call concurrently and throw
/// <see cref="LedgerStoreException"/> while the database is away.
/// </summary>
internal interface IAuditStore
{
    /// <summary>The accounts with the next higher ids, by id.</summary>
    Task<IReadOnlyList<AccountExtent>> FindAccountsAfterAsync(long id, int max, CancellationToken cancellationToken);

    /// <summary>The posted and refused transfers with the next higher ids, by id in RFC 9562 order.</summary>
    Task<IReadOnlyList<Guid>> FindTransfersAfterAsync(Guid id, int max, CancellationToken cancellationToken);

    /// <summary>Those of the accounts that exist, in no particular order, each with its entries in the range and the transfers that those name.</summary>
    Task<IReadOnlyList<AccountLook>> LookAtAccountsAsync(IReadOnlyList<AuditRange> ranges, CancellationToken cancellationToken);

    /// <summary>Those of the transfers that exist, in no particular order, each with what lies in the places of its two entries.</summary>
    Task<IReadOnlyList<TransferLook>> LookAtTransfersAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken);

    /// <summary>The sums over all accounts; null where there are more accounts than <paramref name="accountsMax"/>.</summary>
    Task<LedgerTotals?> SumAccountsAsync(int accountsMax, CancellationToken cancellationToken);

    /// <summary>The sums over all accounts, and how many entries and posted transfers there are. Reads everything, however long that takes.</summary>
    Task<LedgerTotals> CountAllAsync(CancellationToken cancellationToken);

    /// <summary>How far the full turn has come, whoever walks it.</summary>
    Task<AuditProgress> ReadAuditProgressAsync(CancellationToken cancellationToken);

    /// <summary>Takes the full turn over, where nobody else has it. Who has it for more than a day to come had a wrong clock, and has it no more.</summary>
    /// <param name="holder">Who takes it.</param>
    /// <param name="now">The time, UTC.</param>
    /// <param name="until">When it is free again unless it is saved before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Where to go on; null where somebody else has it.</returns>
    Task<AuditProgress?> TakeAuditAsync(Guid holder, DateTime now, DateTime until, CancellationToken cancellationToken);

    /// <summary>Writes down how far the turn has come, and keeps it until a later time. It need not be durable: what is lost is walked again.</summary>
    /// <returns>The progress as it is kept; null where somebody else has taken the turn over meanwhile, and nothing was written.</returns>
    Task<AuditProgress?> SaveAuditProgressAsync(AuditProgress progress, DateTime until, CancellationToken cancellationToken);

    /// <summary>Keeps findings, and that they were seen in this turn where they are known already. At most <see cref="AuditFinding.KeptMax"/> are kept: warnings go first, then the oldest.</summary>
    /// <returns>Those that were not known.</returns>
    Task<IReadOnlyList<LedgerFinding>> KeepFindingsAsync(IReadOnlyCollection<LedgerFinding> findings, long turn, DateTime now, CancellationToken cancellationToken);

    /// <summary>Forgets findings that were last seen before a turn.</summary>
    Task ForgetFindingsAsync(long beforeTurn, CancellationToken cancellationToken);

    /// <summary>The findings that are kept, latest first.</summary>
    Task<IReadOnlyList<AuditFinding>> ListFindingsAsync(CancellationToken cancellationToken);
}

/// <summary>An account, and how much there is to read of it.</summary>
internal readonly record struct AccountExtent(long AccountId, long EntryCount);

/// <summary>Entries of an account to look at.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="AfterSeq">The sequence number before the first; 0 to begin with the first.</param>
/// <param name="EntriesMax">How many sequence numbers; at least 1.</param>
internal readonly record struct AuditRange(long AccountId, long AfterSeq, int EntriesMax)
{
    /// <summary>The sequence number of the last.</summary>
    public long LastSeq => AfterSeq + EntriesMax;
}

/// <param name="Account">The account.</param>
/// <param name="Entries">Those that are there of the range, oldest first.</param>
/// <param name="Transfers">The transfers that they name, as far as they exist.</param>
internal sealed record AccountLook(Account Account, IReadOnlyList<Entry> Entries, IReadOnlyDictionary<Guid, Transfer> Transfers);

/// <param name="Transfer">The transfer.</param>
/// <param name="PayerEntry">What lies where its payer's entry belongs.</param>
/// <param name="PayeeEntry">What lies where its payee's entry belongs.</param>
internal sealed record TransferLook(Transfer Transfer, Entry? PayerEntry, Entry? PayeeEntry);

/// <summary>What a full turn does. The numbers are stored: never renumber.</summary>
internal enum AuditPhase : byte
{
    /// <summary>Nothing: the last turn has ended and the next has not begun.</summary>
    Resting = 0,

    /// <summary>Every account with its entries, by id.</summary>
    Accounts = 1,

    /// <summary>Every transfer with its entries, by id.</summary>
    Transfers = 2,

    /// <summary>The sum of each currency.</summary>
    Sums = 3,
}

/// <summary>A place in a full turn.</summary>
internal sealed record AuditPosition
{
    public static readonly AuditPosition Begin = new() { Phase = AuditPhase.Accounts };

    public required AuditPhase Phase { get; init; }

    /// <summary>The latest account that was audited, or is being audited where <see cref="Chain"/> says how far.</summary>
    public long AccountId { get; init; }

    /// <summary>How far the account has been audited; null where it has been to its end.</summary>
    public ChainPosition? Chain { get; init; }

    /// <summary>The latest transfer that was audited.</summary>
    public Guid TransferId { get; init; }
}

/// <summary>How far the full turn has come. One row for the whole ledger, shared by all copies of the service.</summary>
internal sealed record AuditProgress
{
    /// <summary>Grows with each write: who finds another one than expected has lost the turn.</summary>
    public required long Version { get; init; }

    /// <summary>The number of the turn that is under way or ended last; 0 before the first.</summary>
    public required long Turn { get; init; }

    /// <summary>When it began, UTC; null before the first.</summary>
    public required DateTime? TurnBeganAt { get; init; }

    /// <summary>When the latest turn ended, UTC; null before the end of the first.</summary>
    public required DateTime? TurnEndedAt { get; init; }

    public required AuditPosition Position { get; init; }

    /// <summary>How many accounts the turn has audited.</summary>
    public required long Accounts { get; init; }

    /// <summary>How many entries the turn has audited.</summary>
    public required long Entries { get; init; }

    /// <summary>How many transfers the turn has audited.</summary>
    public required long Transfers { get; init; }
}

/// <summary>A finding that is kept.</summary>
/// <param name="Finding">What was found.</param>
/// <param name="FoundAt">When it was first found, UTC.</param>
internal sealed record AuditFinding(LedgerFinding Finding, DateTime FoundAt)
{
    /// <summary>How many are kept.</summary>
    public const int KeptMax = 100;
}
