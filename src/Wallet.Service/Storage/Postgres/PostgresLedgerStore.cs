using Npgsql;
using Wallet.Ledger;
using static Wallet.Service.Storage.Postgres.PostgresParameter;

namespace Wallet.Service.Storage.Postgres;

/// <summary>
/// The ledger on PostgreSQL 15 or later. Every statement is one that Citus runs as well: accounts are locked in sorted order by advisory
/// locks, which Citus has where it lacks multi-row <c>FOR UPDATE</c>, and a row is updated only if it is still what was planned on, so a
/// writer without the locks cannot go unnoticed.
/// </summary>
internal sealed partial class PostgresLedgerStore : ILedgerStore
{
    // Openings of one user, and those of all system accounts, happen one after the other. The two-part key space is not the accounts'.
    private const string LockOwner = "SELECT pg_advisory_xact_lock(1, hashtext($1))";
    private const string AllSystemAccounts = "@";

    private const int ServerVersionMin = 15;

    private readonly string _connectionString;
    private readonly NpgsqlDataSource _dataSource;
    private readonly CurrencyTable _currencies;
    private readonly PostgresBatchCommit _commit;
    private readonly ILoggerFactory _loggers;
    private readonly SemaphoreSlim _transactions;

    /// <param name="connectionString">Where PostgreSQL is.</param>
    /// <param name="currencies">The currencies that the wallet keeps.</param>
    /// <param name="snapshotsMax">How many accounts are kept in memory as they were written last.</param>
    /// <param name="loggers">For the driver and the migrations.</param>
    public PostgresLedgerStore(string connectionString, CurrencyTable currencies, int snapshotsMax, ILoggerFactory loggers)
    {
        _connectionString = connectionString;
        _dataSource = PostgresConnection.CreateDataSource(connectionString, loggers);
        _currencies = currencies;
        _loggers = loggers;
        // Half of the connections are for reading, whatever becomes of the transactions.
        var connections = new NpgsqlConnectionStringBuilder(_dataSource.ConnectionString).MaxPoolSize;
        _transactions = new SemaphoreSlim(Math.Max(1, connections / 2));
        _commit = new PostgresBatchCommit(_dataSource, _transactions, new BatchPlanner(currencies), snapshotsMax);
    }

    public string Name => "postgresql";

    public int WritersMax => int.MaxValue;

    public Task MigrateAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        if (connection.PostgreSqlVersion.Major < ServerVersionMin)
            throw new StartupException($"PostgreSQL {connection.PostgreSqlVersion} is too old: {ServerVersionMin} or later is needed.");
        await RequireAsync(connection, "fsync", "a commit would not wait for the disk", static value => value != "off", cancellationToken);
        await RequireAsync(connection, "synchronous_commit", "a commit would not wait for the disk", static value => value != "off", cancellationToken);
        await RequireAsync(connection, "server_encoding", "texts are kept in UTF8", static value => value == "UTF8", cancellationToken);

        await using var migrations = PostgresConnection.CreateMigrationDataSource(_connectionString, _loggers);
        await PostgresMigrations.RunAsync(connection, migrations, _loggers.CreateLogger<PostgresLedgerStore>(), cancellationToken);
        await InTransactionAsync(transaction => KeepCurrenciesAsync(transaction.Connection, cancellationToken), cancellationToken);
    });

    public Task WhenWritableAsync(CancellationToken cancellationToken) => _commit.WhenWritableAsync(cancellationToken);

    public Task<IReadOnlyList<Decision>> CommitAsync(IReadOnlyList<TransferCommand> commands, DateTime now, CancellationToken cancellationToken) =>
        GuardAsync(() => _commit.CommitAsync(commands, now, cancellationToken));

    public Task<OpeningDecision> OpenAccountAsync(OpenAccountCommand command, DateTime now, CancellationToken cancellationToken) =>
        InTransactionAsync(transaction => OpenAsync(transaction.Connection, command, now, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<Account>> FindAccountsAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken) =>
        GuardAsync<IReadOnlyList<Account>>(async () => await PostgresBatchReads.FindAccountsAsync(_dataSource, [.. ids], cancellationToken));

    public Task<IReadOnlyList<Account>> ListAccountsAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken) =>
        GuardAsync<IReadOnlyList<Account>>(async () =>
        {
            await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
            var accounts = await PostgresBatchReads.ListAccountsAsync(connection, [.. userIds], cancellationToken);
            // Whoever is looked up by name is about to pay or to be paid.
            _commit.Offer(accounts);
            return accounts;
        });

    public Task<Transfer?> FindTransferAsync(Guid id, CancellationToken cancellationToken) => GuardAsync(async () =>
        (await PostgresBatchReads.FindTransfersAsync(_dataSource, [id], cancellationToken)).SingleOrDefault());

    public Task<IReadOnlyList<IReadOnlyList<Entry>>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken) =>
        GuardAsync(() => PostgresHistory.ReadAsync(_dataSource, ranges, cancellationToken));

    public Task<EntryPage> FindEntriesAsync(EntryQuery query, CancellationToken cancellationToken) =>
        GuardAsync(() => PostgresHistory.FindAsync(_dataSource, query, cancellationToken));

    public Task CheckAsync(CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var command = _dataSource.CreateCommand("SELECT current_setting('transaction_read_only') = 'off'");
        if (await command.ExecuteScalarAsync(cancellationToken) is true)
            return;
        LookForThePrimary();
        throw new LedgerStoreException(StoreFailure.Unavailable, "PostgreSQL is read-only: a standby, or a failover in progress.");
    });

    /// <summary>The slots stay: a COMMIT that has no answer yet still gives its own back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _dataSource.DisposeAsync();
        _commit.Dispose();
    }

    /// <summary>Adds the configured currencies that the ledger does not keep yet, and checks those that it keeps.</summary>
    private async Task<bool> KeepCurrenciesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("INSERT INTO currencies (code, decimals) SELECT * FROM unnest($1, $2) ON CONFLICT DO NOTHING")
                {
                    Parameters = { Of(_currencies.All.Select(static c => c.Code).ToArray()), Of(_currencies.All.Select(static c => (short)c.Decimals).ToArray()) },
                },
                new NpgsqlBatchCommand("SELECT code, decimals FROM currencies"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            KeptCurrency.Check(reader.GetString(0), reader.GetInt16(1), _currencies);
        return true;
    }

    private async Task<OpeningDecision> OpenAsync(
        NpgsqlConnection connection, OpenAccountCommand command, DateTime now, CancellationToken cancellationToken)
    {
        await ExecuteAsync(LockOwner, Of(command.Kind == AccountKind.System ? AllSystemAccounts : command.UserId));

        var owned = await PostgresBatchReads.ListAccountsAsync(connection, [command.UserId], cancellationToken);
        var recorded = await FindOpeningAsync();
        if (AccountOpening.Settle(command, _currencies, owned, recorded) is { } settled)
            return settled;

        var account = AccountOpening.Open(command, await NextIdAsync(), now);
        await ExecuteAsync(
            $"INSERT INTO accounts ({PostgresRows.AccountColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            Of(account.Id), Of(account.UserId), Of(account.Name), Of(account.Currency), Of((short)account.Kind),
            Of((short)account.Status), Of(account.Balance), Of(account.Held), Of(account.Version), Of(account.EntryCount),
            Of(account.Head.ToArray()), Of(account.CreatedAt), Of(account.ChangedAt));
        await ExecuteAsync(
            "INSERT INTO account_names (user_id, currency, name, account_id) VALUES ($1, $2, $3, $4)",
            Of(account.UserId), Of(account.Currency), Of(account.Name), Of(account.Id));
        await ExecuteAsync(
            "INSERT INTO account_requests (id, fingerprint, account_id) VALUES ($1, $2, $3)",
            Of(command.RequestId), Of(command.Fingerprint), Of(account.Id));
        return new OpeningDecision(Outcome.Done, IsReplay: false, account);

        async Task ExecuteAsync(string sql, params NpgsqlParameter[] parameters)
        {
            await using var statement = new NpgsqlCommand(sql, connection);
            statement.Parameters.AddRange(parameters);
            await statement.ExecuteNonQueryAsync(cancellationToken);
        }

        async Task<RecordedOpening?> FindOpeningAsync()
        {
            await using var statement = new NpgsqlCommand("SELECT fingerprint, account_id FROM account_requests WHERE id = $1", connection);
            statement.Parameters.Add(Of(command.RequestId));
            await using var reader = await statement.ExecuteReaderAsync(cancellationToken);
            return await reader.ReadAsync(cancellationToken) ? new RecordedOpening(reader.GetGuid(0), reader.GetInt64(1)) : null;
        }

        async Task<long> NextIdAsync()
        {
            var sql = command.Kind == AccountKind.System
                ? "SELECT coalesce(max(id), 0) + 1 FROM accounts WHERE id < 1000"
                : "SELECT nextval('account_ids')";
            await using var statement = new NpgsqlCommand(sql, connection);
            return (long)(await statement.ExecuteScalarAsync(cancellationToken))!;
        }
    }

    private static async Task RequireAsync(
        NpgsqlConnection connection, string setting, string reason, Predicate<string> isGood, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT current_setting($1)", connection);
        command.Parameters.Add(Of(setting));
        var value = (string)(await command.ExecuteScalarAsync(cancellationToken))!;
        if (!isGood(value))
            throw new StartupException($"PostgreSQL has {setting} = {value}, but {reason}.");
    }

    /// <summary>Runs the work in a transaction and commits it. A failure before the commit is one of nothing applied; one of the commit is in doubt.</summary>
    private Task<T> InTransactionAsync<T>(Func<PostgresTransaction, Task<T>> work, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var transaction = await PostgresTransaction.BeginAsync(_dataSource, _transactions, cancellationToken);
        var result = await work(transaction);
        await transaction.CommitAsync();
        return result;
    });

    /// <summary>Of several hosts, another may be the primary by now: each is asked again what it is.</summary>
    private void LookForThePrimary() => (_dataSource as NpgsqlMultiHostDataSource)?.ClearDatabaseStates();

    private async Task<T> GuardAsync<T>(Func<Task<T>> operation)
    {
        try
        {
            return await operation();
        }
        catch (Exception e) when (PostgresErrors.Translate(e) is { } failure)
        {
            if (PostgresErrors.IsNotThePrimary(e))
                LookForThePrimary();
            throw failure;
        }
    }

    private async Task GuardAsync(Func<Task> operation) => await GuardAsync<object?>(async () =>
    {
        await operation();
        return null;
    });
}
