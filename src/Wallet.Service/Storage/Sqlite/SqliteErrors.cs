using SQLitePCL;

namespace Wallet.Service.Storage.Sqlite;

/// <summary>What SQLite's result codes mean to the ledger: see https://www.sqlite.org/rescode.html.</summary>
internal static class SqliteErrors
{
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
