using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Wallet.Service.Storage.Sqlite;

/// <summary>What SQLite's result codes mean to the ledger: see https://www.sqlite.org/rescode.html.</summary>
internal static class SqliteErrors
{
    private const int ReadOnlyFileSystem = 30; // EROFS on Linux and macOS

    /// <summary>Whether a file, or what must lie beside it, may not be opened or written by this user: at a start nothing that would pass.</summary>
    public static bool MayNotWrite(Exception exception) => exception switch
    {
        UnauthorizedAccessException => true,
        IOException error => (error.HResult & 0xFFFF) == ReadOnlyFileSystem,
        LedgerStoreException { InnerException: SqliteErrorException { Code: raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN } } => true,
        LedgerStoreException { InnerException: SqliteException { SqliteErrorCode: raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN } } => true,
        _ => false,
    };

    /// <summary>
    /// The store's exception for a failure that came before the commit, or null where it was not foreseen: a bug or a poisoned command.
    /// </summary>
    public static LedgerStoreException? Translate(int code, Exception exception) => code switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL =>
            new LedgerStoreException(StoreFailure.Conflict, "Another process holds the SQLite file.", exception),
        raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_NOMEM =>
            new LedgerStoreException(StoreFailure.Unavailable, "The SQLite file cannot be used now.", exception),
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB =>
            new LedgerStoreException(StoreFailure.Damaged, "The SQLite file is damaged, or is none. Restore it from a backup.", exception),
        _ => null,
    };
}
