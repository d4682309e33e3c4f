namespace Wallet.Service.Storage;

/// <summary>What is known after a store has failed. Any other exception from a store is unexpected: nothing was applied, the reason is a bug or a poisoned command.</summary>
internal enum StoreFailure
{
    /// <summary>Nothing was applied. The database is away, overloaded, full or read-only; later it may work.</summary>
    Unavailable,

    /// <summary>Nothing was applied. Another writer was in the way (deadlock, serialization failure, version moved); it may be tried again at once.</summary>
    Conflict,

    /// <summary>The commit was sent and no answer came: it may have been applied, or not.</summary>
    InDoubt,

    /// <summary>Nothing was applied. What lies on the disk is damaged, and time mends nothing: it takes a backup.</summary>
    Damaged,
}

internal sealed class LedgerStoreException(StoreFailure failure, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public StoreFailure Failure { get; } = failure;
}
