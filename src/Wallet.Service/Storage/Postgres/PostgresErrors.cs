using Npgsql;

namespace Wallet.Service.Storage.Postgres;

/// <summary>What PostgreSQL's failures mean to the ledger. The codes are those of https://www.postgresql.org/docs/current/errcodes-appendix.html.</summary>
internal static class PostgresErrors
{
    /// <summary>
    /// The store's exception for a failure that came before the commit was sent, or null where it was not foreseen: a bug or a poisoned
    /// command, which the caller must see as it is.
    /// </summary>
    public static LedgerStoreException? Translate(Exception exception) => exception switch
    {
        LedgerStoreException known => known,
        PostgresException error when IsConflict(error.SqlState) =>
            new LedgerStoreException(StoreFailure.Conflict, $"Another writer was in the way ({error.SqlState}).", error),
        PostgresException error when IsUnavailable(error.SqlState) =>
            new LedgerStoreException(StoreFailure.Unavailable, $"PostgreSQL cannot serve now ({error.SqlState}).", error),
        PostgresException { SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted } error =>
            new LedgerStoreException(StoreFailure.Damaged, $"PostgreSQL's data is damaged ({error.SqlState}). Restore it from a backup.", error),
        PostgresException => null,
        StartupException { InnerException: { } cause } => IsCutOff(cause) ? Translate(cause) : null,
        NpgsqlException error => new LedgerStoreException(StoreFailure.Unavailable, "PostgreSQL cannot be reached.", error),
        _ => null,
    };

    /// <summary>
    /// Whether PostgreSQL itself, or the driver because none of several hosts would do, says that this is not the one that can be written to. A
    /// host that does not answer is none of these: the driver remembers it, and it is not to be asked, and waited for, again.
    /// </summary>
    public static bool IsNotThePrimary(Exception exception) =>
        exception is NpgsqlException { InnerException: null or AggregateException } error && !(error is PostgresException { SqlState: var code } && IsConflict(code));

    /// <summary>Whether a migration failed because the server went away, and not because of what is in it or because somebody stopped it.</summary>
    private static bool IsCutOff(Exception cause) =>
        cause is PostgresException error ? IsUnavailable(error.SqlState) && error.SqlState != PostgresErrorCodes.QueryCanceled : cause is NpgsqlException;

    private static bool IsConflict(string sqlState) => sqlState is
        PostgresErrorCodes.SerializationFailure or
        PostgresErrorCodes.DeadlockDetected or
        PostgresErrorCodes.LockNotAvailable or
        PostgresErrorCodes.UniqueViolation; // someone without our locks wrote the entry or opened the account that was planned here

    private static bool IsUnavailable(string sqlState) => sqlState is
        PostgresErrorCodes.ReadOnlySqlTransaction or        // a standby, or a failover in progress
        "25P03" or                                          // idle_in_transaction_session_timeout
        "25P04" or                                          // transaction_timeout
        PostgresErrorCodes.InvalidCatalogName or            // the database is not there (yet)
        PostgresErrorCodes.InvalidPassword or
        PostgresErrorCodes.InvalidAuthorizationSpecification
        || sqlState.StartsWith("08", StringComparison.Ordinal)  // connection exceptions
        || sqlState.StartsWith("53", StringComparison.Ordinal)  // out of connections, memory or disk
        || sqlState.StartsWith("57", StringComparison.Ordinal)  // shutting down, starting up, statement cancelled
        || sqlState.StartsWith("58", StringComparison.Ordinal); // the server's disk failed
}
