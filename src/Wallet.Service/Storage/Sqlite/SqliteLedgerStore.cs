using System.Collections.Concurrent;
using Wallet.Ledger;

namespace Wallet.Service.Storage.Sqlite;

/// <summary>
/// The ledger in one SQLite file: write-ahead log, a commit waits for the disk, one writer and several readers. Works synchronously. A
/// second process may open the same file: everything that a batch is decided on is read inside its own transaction.
/// </summary>
internal sealed partial class SqliteLedgerStore : ILedgerStore
{
    private const string SelectAccount = $"SELECT {SqliteRows.AccountColumns} FROM accounts WHERE id = ?";
    private const string SelectTransfer = $"SELECT {SqliteRows.TransferColumns} FROM transfers WHERE id = ?";
    private const string SelectEntry = $"SELECT {SqliteRows.EntryColumns} FROM entries WHERE id = ?";

    private const int ReadersMax = 16;
    private static readonly TimeSpan WriterPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DisposePatience = TimeSpan.FromSeconds(1);

    private readonly string _file;
    private readonly CurrencyTable _currencies;
    private readonly BatchPlanner _planner;
    private readonly ILogger<SqliteLedgerStore> _logger;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SemaphoreSlim _readerSlots = new(ReadersMax, ReadersMax);
    private readonly ConcurrentBag<SqliteDatabase> _readers = [];
    private readonly SqliteCheckpoints _checkpoints;
    private SqliteDatabase? _writer;
    private volatile bool _isDisposed;

    /// <param name="file">The database file; it and its folder are made where they are missing.</param>
    /// <param name="currencies">The currencies that the wallet keeps.</param>
    /// <param name="loggers">Where migrations are logged.</param>
    public SqliteLedgerStore(string file, CurrencyTable currencies, ILoggerFactory loggers)
    {
        _file = Path.GetFullPath(file);
        _currencies = currencies;
        _planner = new BatchPlanner(currencies);
        _logger = loggers.CreateLogger<SqliteLedgerStore>();
        _checkpoints = new SqliteCheckpoints(_file, _writing, _logger);
    }

    public string Name => "sqlite";

    public int WritersMax => 1;

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        try
        {
            CreateFile();
            await SqliteMigrations.RunAsync(_file, _logger, cancellationToken);
            await Write(KeepCurrencies, cancellationToken);
        }
        catch (Exception e) when (SqliteErrors.MayNotWrite(e))
        {
            throw new StartupException($"Wallet:SqliteFile: the service may not write to {_file} or beside it: {(e.InnerException ?? e).Message}", e);
        }
    }

    /// <summary>At once: there is one writer, and it has ended the batch before when it asks.</summary>
    public Task WhenWritableAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<Decision>> CommitAsync(IReadOnlyList<TransferCommand> commands, DateTime now, CancellationToken cancellationToken) =>
        Write(database =>
        {
            var headEntries = new Dictionary<long, long?>();
            var snapshot = Load(database, commands, headEntries);
            var plan = _planner.Plan(snapshot, commands, now);
            WritePlan(database, plan, headEntries);
            return plan.Decisions;
        }, cancellationToken);

    public Task<OpeningDecision> OpenAccountAsync(OpenAccountCommand command, DateTime now, CancellationToken cancellationToken) =>
        Write(database =>
        {
            var owned = List(database, command.UserId);
            var recorded = FindOpening(database, command.RequestId);
            if (AccountOpening.Settle(command, _currencies, owned, recorded) is { } settled)
                return settled;

            var account = AccountOpening.Open(command, NextId(database, command.Kind), now);
            database.Insert(account, headEntry: null);
            database.InsertName(account.UserId, account.Currency, account.Name, account.Id);
            database.InsertRequest(command.RequestId, command.Fingerprint, account.Id);
            return new OpeningDecision(Outcome.Done, IsReplay: false, account);
        }, cancellationToken);

    public Task<IReadOnlyList<Account>> FindAccountsAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<Account>>(database => [.. ids.Distinct().Select(id => Find(database, id)).OfType<Account>()], cancellationToken);

    public Task<IReadOnlyList<Account>> ListAccountsAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<Account>>(database => [.. userIds.Distinct().SelectMany(userId => List(database, userId)).OrderBy(static a => a.Id)], cancellationToken);

    public Task<Transfer?> FindTransferAsync(Guid id, CancellationToken cancellationToken) => Read(database => Find(database, id), cancellationToken);

    public Task<IReadOnlyList<IReadOnlyList<Entry>>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken) =>
        Read<IReadOnlyList<IReadOnlyList<Entry>>>(
            database =>
            [
                .. ranges.Select(range => FindEntries(
                    database, new EntryQuery { AccountId = range.AccountId, BeforeSeq = range.EndSeq, Limit = (int)(range.EndSeq - range.BeginSeq) }).Entries),
            ],
            cancellationToken);

    public Task<EntryPage> FindEntriesAsync(EntryQuery query, CancellationToken cancellationToken) =>
        Read(database => FindEntries(database, query), cancellationToken);

    public Task CheckAsync(CancellationToken cancellationToken) => Write<object?>(static _ => null, cancellationToken);

    /// <summary>What is under way comes to its end, and what waits for its turn is refused: so the semaphores stay, or it would wait for ever.</summary>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        // A writer that does not come to its end, the process will close: nobody may take its connection away under it.
        if (await _writing.WaitAsync(DisposePatience))
        {
            _writer?.Dispose();
            _writer = null;
            _writing.Release();
            await _checkpoints.DisposeAsync();
        }

        CloseReaders();
    }

    /// <summary>Makes the file and its folder where they are missing, for nobody else to look into. The log files beside it get the file's own permissions.</summary>
    private void CreateFile()
    {
        var folder = Path.GetDirectoryName(_file)!;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        if (!File.Exists(_file))
            new FileStream(_file, options).Dispose();
    }

    /// <summary>Adds the configured currencies that the ledger does not keep yet, and checks those that it keeps.</summary>
    private bool KeepCurrencies(SqliteDatabase database)
    {
        foreach (var currency in _currencies.All)
        {
            using var insert = database.Use("INSERT INTO currencies (code, decimals) VALUES (?, ?) ON CONFLICT DO NOTHING");
            insert.Bind(currency.Code);
            insert.Bind((long)currency.Decimals);
            insert.Run();
        }

        using var rows = database.Use("SELECT code, decimals FROM currencies");
        while (rows.Step())
            KeptCurrency.Check(rows.Text(0), (int)rows.Long(1), _currencies);
        return true;
    }

    private static LedgerSnapshot Load(SqliteDatabase database, IReadOnlyList<TransferCommand> commands, Dictionary<long, long?> headEntries)
    {
        var accounts = new List<Account>();
        var recorded = new Dictionary<Guid, Transfer>();
        foreach (var command in commands)
        {
            LoadAccount(command.PayerId);
            LoadAccount(command.PayeeId);
            if (!recorded.ContainsKey(command.Id) && Find(database, command.Id) is { } transfer)
                recorded.Add(transfer.Id, transfer);
        }

        return new LedgerSnapshot(accounts, recorded.Values);

        void LoadAccount(long? id)
        {
            if (id is not { } accountId || headEntries.ContainsKey(accountId))
                return;
            using var row = database.Use(SelectAccount);
            row.Bind(accountId);
            if (!row.Step())
                return;
            accounts.Add(row.ReadAccount());
            headEntries.Add(accountId, row.NullableLong(SqliteRows.HeadEntry));
        }
    }

    private static void WritePlan(SqliteDatabase database, BatchPlan plan, Dictionary<long, long?> headEntries)
    {
        foreach (var transfer in plan.Transfers)
            database.Insert(transfer);
        foreach (var entry in plan.Entries)
            headEntries[entry.AccountId] = database.Insert(entry, headEntries[entry.AccountId]);
        foreach (var change in plan.Changes)
            database.Update(change.After, headEntries[change.After.Id]);
    }

    private static long NextId(SqliteDatabase database, AccountKind kind)
    {
        using var row = database.Use(kind == AccountKind.System
            ? "SELECT coalesce(max(id), 0) + 1 FROM accounts WHERE id < 1000"
            : "SELECT max(coalesce(max(id), 0), 999) + 1 FROM accounts");
        row.Step();
        return row.Long(0);
    }

    private static Account? Find(SqliteDatabase database, long id)
    {
        using var row = database.Use(SelectAccount);
        row.Bind(id);
        return row.Step() ? row.ReadAccount() : null;
    }

    private static Transfer? Find(SqliteDatabase database, Guid id)
    {
        using var row = database.Use(SelectTransfer);
        row.Bind(id);
        return row.Step() ? row.ReadTransfer() : null;
    }

    private static RecordedOpening? FindOpening(SqliteDatabase database, Guid requestId)
    {
        using var row = database.Use("SELECT fingerprint, account_id FROM account_requests WHERE id = ?");
        row.Bind(requestId);
        return row.Step() ? new RecordedOpening(row.Guid(0), row.Long(1)) : null;
    }

    private static List<Account> List(SqliteDatabase database, string userId)
    {
        var accounts = new List<Account>();
        using var rows = database.Use(
            $"SELECT {SqliteRows.AccountColumns} FROM accounts WHERE id IN (SELECT account_id FROM account_names WHERE user_id = ?) ORDER BY id");
        rows.Bind(userId);
        while (rows.Step())
            accounts.Add(rows.ReadAccount());
        return accounts;
    }

    private static EntryPage FindEntries(SqliteDatabase database, EntryQuery query)
    {
        var entries = new List<Entry>();
        long? next = null;
        var scanned = 0;
        var entryId = WhereToBegin(database, query);
        while (entryId is { } id)
        {
            using var row = database.Use(SelectEntry);
            row.Bind(id);
            if (!row.Step())
                throw new LedgerStoreException(StoreFailure.Damaged, $"The entry {id} of the account {query.AccountId} is not in the SQLite file. Restore it from a backup.");
            var entry = row.ReadEntry();
            entryId = row.NullableLong(SqliteRows.Previous);

            if (entry.Seq >= query.BeforeSeq || entry.CreatedAt >= query.To)
                continue; // between the mark and the first that was asked for
            if (entry.CreatedAt < query.From)
                break; // and so is everything before it
            if (scanned++ == EntryQuery.EntriesScannedMax)
            {
                next = entry.Seq + 1;
                break;
            }

            if (query.Direction is { } direction && direction != (entry.Amount > 0 ? EntryDirection.In : EntryDirection.Out))
                continue;
            if (entries.Count == query.Limit)
            {
                next = entries[^1].Seq;
                break;
            }

            entries.Add(entry);
        }

        return new EntryPage(entries, next);
    }

    /// <summary>An entry at or after the first that was asked for, at most <see cref="SqliteWrites.EntriesPerMark"/> away from it; null where the account has no entries.</summary>
    private static long? WhereToBegin(SqliteDatabase database, EntryQuery query)
    {
        long? bySeq = query.BeforeSeq is { } before
            ? Mark("SELECT entry_id FROM entry_marks WHERE account_id = ? AND seq >= ? ORDER BY seq LIMIT 1", before - 1)
            : null;
        long? byTime = query.To is { } to
            ? Mark(
                "SELECT entry_id FROM entry_marks WHERE account_id = ? AND created_at >= ? ORDER BY created_at, seq LIMIT 1",
                LedgerTime.ToMicroseconds(to))
            : null;
        if (bySeq is not null || byTime is not null)
            return Math.Min(bySeq ?? long.MaxValue, byTime ?? long.MaxValue);

        using var row = database.Use(SelectAccount);
        row.Bind(query.AccountId);
        return row.Step() ? row.NullableLong(SqliteRows.HeadEntry) : null;

        long? Mark(string sql, long atLeast)
        {
            using var mark = database.Use(sql);
            mark.Bind(query.AccountId);
            mark.Bind(atLeast);
            return mark.Step() ? mark.Long(0) : null;
        }
    }

    /// <summary>Runs the work in a transaction that has the file to itself from its begin.</summary>
    private async Task<T> Write<T>(Func<SqliteDatabase, T> work, CancellationToken cancellationToken)
    {
        if (!await _writing.WaitAsync(WriterPatience, cancellationToken))
            throw new LedgerStoreException(StoreFailure.Unavailable, "What is written to the SQLite file does not come to its end.");
        var isCommitting = false;
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _writer ??= SqliteDatabase.Open(_file, isReadOnly: false);
            _writer.Execute("BEGIN IMMEDIATE");
            var result = work(_writer);
            RequireFile(_writer);
            isCommitting = true;
            _writer.Execute("COMMIT");
            _checkpoints.Count(_writer.TakePagesWritten());
            return result;
        }
        catch (Exception e)
        {
            Abandon();
            if (isCommitting && !IsCutShort(e))
                throw new LedgerStoreException(StoreFailure.InDoubt, "SQLite did not confirm the commit.", e);
            if (Translate(e) is { } failure)
                throw failure;
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Whether there was no room for the pages of a commit. The last of them makes it one, and did not get into the log: nothing was applied, and what got there is written over.</summary>
    private static bool IsCutShort(Exception exception) => exception is SqliteErrorException { Code: SQLitePCL.raw.SQLITE_FULL };

    private static void RequireFile(SqliteDatabase database)
    {
        if (database.HasMoved)
            throw new LedgerStoreException(StoreFailure.Unavailable, "The SQLite file was moved, removed or replaced.");
    }

    /// <summary>Rolls back what has not been committed. A connection that cannot even do that, or whose file has gone, is replaced.</summary>
    private void Abandon()
    {
        try
        {
            if (_writer is { IsInTransaction: true })
                _writer.Execute("ROLLBACK");
            if (_writer is { HasMoved: false })
                return;
        }
        catch (SqliteErrorException)
        {
            // It is replaced.
        }

        _writer?.Dispose();
        _writer = null;
    }

    private async Task<T> Read<T>(Func<SqliteDatabase, T> work, CancellationToken cancellationToken)
    {
        await _readerSlots.WaitAsync(cancellationToken);
        SqliteDatabase? reader = null;
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (!_readers.TryTake(out reader))
                reader = SqliteDatabase.Open(_file, isReadOnly: true);
            RequireFile(reader);
            // One look at the file for all of it. Each statement by itself would lock the file, and drop the pages that it has read whenever a batch was written.
            reader.Execute("BEGIN");
            var result = work(reader);
            reader.Execute("COMMIT");
            _readers.Add(reader);
            if (_isDisposed)
                CloseReaders();
            return result;
        }
        catch (Exception e)
        {
            reader?.Dispose();
            if (Translate(e) is { } failure)
                throw failure;
            throw;
        }
        finally
        {
            _readerSlots.Release();
        }
    }

    private void CloseReaders()
    {
        while (_readers.TryTake(out var reader))
            reader.Dispose();
    }

    private static LedgerStoreException? Translate(Exception exception) =>
        exception is SqliteErrorException error ? SqliteErrors.Translate(error.Code, error) : null;
}
