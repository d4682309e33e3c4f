using Wallet.Ledger;

namespace Wallet.Service.Commit;

/// <summary>How the commit of a command ended, apart from what the ledger decided.</summary>
internal enum CommitStatus
{
    /// <summary>The ledger decided and the decision is durable.</summary>
    Decided,

    /// <summary>The queue was full. Nothing was applied.</summary>
    QueueFull,

    /// <summary>Its turn did not come in time, and it was taken out of the queue. Nothing was applied.</summary>
    Withdrawn,

    /// <summary>The service is stopping. Nothing was applied.</summary>
    Stopping,

    /// <summary>The database was away or could not be written to. Nothing was applied.</summary>
    Unavailable,

    /// <summary>It may have been applied, or not. The same command, with the same id, finds out.</summary>
    InDoubt,

    /// <summary>An unexpected failure that came with this very command. Nothing was applied.</summary>
    Failed,
}

/// <param name="Status">How it ended.</param>
/// <param name="Decision">What the ledger decided; only where <paramref name="Status"/> is <see cref="CommitStatus.Decided"/>.</param>
internal readonly record struct CommitAnswer(CommitStatus Status, Decision Decision = default);
