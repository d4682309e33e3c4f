using System.Runtime.InteropServices;
using SQLitePCL;
using Wallet.Ledger;

namespace Wallet.Service.Storage.Sqlite;

/// <summary>SQLite refused. <see cref="Code"/> is one of https://www.sqlite.org/rescode.html, without its extension.</summary>
internal sealed class SqliteErrorException(int code, string message) : Exception($"SQLite: {message} ({code})")
{
    public int Code { get; } = code & 0xFF;
}

/// <summary>
/// One connection to the file, with its prepared statements. Below ADO.NET, where a statement with a dozen integers boxes none of them. To be
/// used by one thread at a time.
/// </summary>
internal sealed partial class SqliteDatabase : IDisposable
{
    private const int BusyTimeoutMilliseconds = 5_000;
    private const int WriterCacheKibibytes = 65_536;
    private const int PagesOfLogMax = 65_536;
    private const int FileControlHasMoved = 20; // SQLITE_FCNTL_HAS_MOVED
    private const int StatusCacheWrite = 9; // SQLITE_DBSTATUS_CACHE_WRITE

    private readonly sqlite3 _handle;
    private readonly Dictionary<string, sqlite3_stmt> _statements = [];

    static SqliteDatabase() => Batteries_V2.Init();

    private SqliteDatabase(sqlite3 handle) => _handle = handle;

    /// <summary>Whether a transaction is open.</summary>
    public bool IsInTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Whether the file is no longer where it was opened: moved, removed or replaced. What is written to it would be found by nobody.</summary>
    public bool HasMoved
    {
        get
        {
            var result = FileControl(_handle, "main", FileControlHasMoved, out var hasMoved);
            if (result == raw.SQLITE_NOTFOUND)
                return false; // Windows lets nobody move a file that is open
            Check(result);
            return hasMoved != 0;
        }
    }

    /// <summary>How many pages this connection has added to the write-ahead log since the last call.</summary>
    public int TakePagesWritten()
    {
        Check(raw.sqlite3_db_status(_handle, StatusCacheWrite, out var pages, out _, resetFlg: 1));
        return pages;
    }

    public long LastInsertRowId => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>Opens the file, which must be there: write-ahead log, and a commit waits for the disk.</summary>
    /// <exception cref="SqliteErrorException">It cannot be opened.</exception>
    public static SqliteDatabase Open(string file, bool isReadOnly)
    {
        // A read-only handle could not take part in the write-ahead log; "query_only" refuses writes instead. Nor is a missing file made:
        // a ledger whose file was taken away must not go on as an empty one.
        var result = raw.sqlite3_open_v2(file, out var handle, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, vfs: null);
        var database = new SqliteDatabase(handle);
        try
        {
            database.Check(result);
            raw.sqlite3_busy_timeout(handle, BusyTimeoutMilliseconds);
            database.RequireWriteAheadLog();
            database.Execute("PRAGMA synchronous = FULL");
            database.Execute("PRAGMA fullfsync = ON"); // macOS: fsync alone leaves the data in the drive's cache
            database.Execute("PRAGMA foreign_keys = ON");
            if (isReadOnly)
            {
                database.Execute("PRAGMA query_only = ON");
                return database;
            }

            // Pages that are written again and again are kept at hand.
            database.Execute($"PRAGMA cache_size = -{WriterCacheKibibytes}");
            // Checkpoints are made beside the writer: see SqliteCheckpoints. Where they fail, a commit makes one when the log has grown to this.
            database.Execute($"PRAGMA wal_autocheckpoint = {PagesOfLogMax}");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The statement, prepared once and then kept. Dispose gives it back for the next use.</summary>
    public SqliteStatement Use(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out statement));
            _statements.Add(sql, statement);
        }

        return new SqliteStatement(this, statement);
    }

    /// <summary>Runs a statement without parameters, whatever rows it returns.</summary>
    public void Execute(string sql)
    {
        using var statement = Use(sql);
        while (statement.Step())
        {
        }
    }

    /// <summary>Copies what is in the write-ahead log into the file, as far as nobody reads older pages. Waits for no one: where another process does the same, it does it alone.</summary>
    public void Checkpoint()
    {
        var result = raw.sqlite3_wal_checkpoint_v2(_handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
        if (result != raw.SQLITE_BUSY)
            Check(result);
    }

    public void Check(int result)
    {
        if (result is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
            throw new SqliteErrorException(result, raw.sqlite3_errmsg(_handle).utf8_to_string());
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            raw.sqlite3_finalize(statement);
        _statements.Clear();
        raw.sqlite3_close_v2(_handle);
    }

    private void RequireWriteAheadLog()
    {
        using var mode = Use("PRAGMA journal_mode = WAL");
        if (!mode.Step() || mode.Text(0) != "wal")
            throw new StartupException("SQLite cannot keep a write-ahead log where its file lies. Network file systems cannot; choose a local disk.");
    }

    // The one call that SQLitePCLRaw does not pass on: https://www.sqlite.org/c3ref/file_control.html.
    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FileControl(sqlite3 database, string name, int operation, out int result);
}

/// <summary>A prepared statement in use. Parameters are bound in their order; columns are read by their number from 0.</summary>
internal ref struct SqliteStatement(SqliteDatabase database, sqlite3_stmt statement)
{
    private int _bound;

    public void Bind(long value) => database.Check(raw.sqlite3_bind_int64(statement, ++_bound, value));

    public void Bind(long? value)
    {
        if (value is { } known)
            Bind(known);
        else
            database.Check(raw.sqlite3_bind_null(statement, ++_bound));
    }

    public void Bind(string? value) =>
        database.Check(value is null ? raw.sqlite3_bind_null(statement, ++_bound) : raw.sqlite3_bind_text(statement, ++_bound, value));

    public void Bind(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        database.Check(raw.sqlite3_bind_blob(statement, ++_bound, bytes));
    }

    public void Bind(in Hash256 value)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Size];
        value.CopyTo(bytes);
        database.Check(raw.sqlite3_bind_blob(statement, ++_bound, bytes));
    }

    public void Bind(DateTime value) => Bind(LedgerTime.ToMicroseconds(value));

    /// <summary>Goes to the next row; false where there is none.</summary>
    public readonly bool Step()
    {
        var result = raw.sqlite3_step(statement);
        database.Check(result);
        return result == raw.SQLITE_ROW;
    }

    /// <summary>Runs a statement that returns no row.</summary>
    public readonly void Run() => Step();

    public readonly bool IsNull(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL;

    public readonly long Long(int column) => raw.sqlite3_column_int64(statement, column);

    public readonly long? NullableLong(int column) => IsNull(column) ? null : Long(column);

    public readonly string Text(int column) => raw.sqlite3_column_text(statement, column).utf8_to_string();

    public readonly Guid Guid(int column) => new(raw.sqlite3_column_blob(statement, column), bigEndian: true);

    public readonly Hash256 Hash(int column) => new(raw.sqlite3_column_blob(statement, column));

    public readonly DateTime Time(int column) => LedgerTime.FromMicroseconds(Long(column));

    public readonly void Dispose()
    {
        // Its result repeats the failure of the last step, which has been thrown.
        raw.sqlite3_reset(statement);
        raw.sqlite3_clear_bindings(statement);
    }
}
