using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Wallet.Ledger;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Postgres;
using Wallet.Service.Storage.Sqlite;

namespace Wallet.Tests.Storage;

/// <summary>A store on a new database, for the tests of a class; each test has accounts of its own in it.</summary>
public abstract class LedgerFixture : IAsyncLifetime
{
    internal static readonly CurrencyTable Currencies = new([new Currency("SGD", 0, 999_999), new Currency("EUR", 2, 99_999_999)]);

    private readonly ConcurrentDictionary<string, Lazy<Task<Account>>> _prepared = [];
    private ILedgerStore? _store;

    internal ILedgerStore Store => _store!;

    public async ValueTask InitializeAsync()
    {
        await CreateDatabaseAsync();
        _store = CreateStore(Currencies);
        await _store.MigrateAsync(CancellationToken.None);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs a statement on a connection that is not the store's.</summary>
    /// <exception cref="DbException">The database refused.</exception>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = CreateConnection();
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are the tests' own.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>An account that several tests only read, made by the first of them.</summary>
    internal Task<Account> PreparedAsync(string name, Func<Task<Account>> prepare) =>
        _prepared.GetOrAdd(name, _ => new Lazy<Task<Account>>(prepare)).Value;

    /// <summary>A further fixture of the same kind on a database of its own, not migrated.</summary>
    public abstract Task<LedgerFixture> CreateEmptyAsync();

    /// <summary>An id as a statement has it.</summary>
    public abstract string Literal(Guid id);

    /// <summary>A further store on the same database, as another copy of the service would have it.</summary>
    internal abstract ILedgerStore CreateStore(CurrencyTable currencies);

    protected abstract DbConnection CreateConnection();

    protected abstract Task CreateDatabaseAsync();
}

public sealed class SqliteLedger : LedgerFixture
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("ledger/wallet.db");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    public override Task<LedgerFixture> CreateEmptyAsync() => Task.FromResult<LedgerFixture>(new SqliteLedger());

    public override string Literal(Guid id) => $"x'{id:N}'";

    internal override ILedgerStore CreateStore(CurrencyTable currencies) => new SqliteLedgerStore(File, currencies, NullLoggerFactory.Instance);

    protected override DbConnection CreateConnection() => new SqliteConnection($"Data Source={File};Pooling=False;Default Timeout=30");

    protected override Task CreateDatabaseAsync() => Task.CompletedTask;
}

public sealed class PostgresLedger(TestPostgres postgres) : LedgerFixture
{
    public string ConnectionString { get; private set; } = "";

    public override async Task<LedgerFixture> CreateEmptyAsync()
    {
        var other = new PostgresLedger(postgres);
        await other.CreateDatabaseAsync();
        return other;
    }

    public override string Literal(Guid id) => $"'{id}'";

    internal override ILedgerStore CreateStore(CurrencyTable currencies) => new PostgresLedgerStore(ConnectionString, currencies, snapshotsMax: 1_000, NullLoggerFactory.Instance);

    protected override DbConnection CreateConnection() => new NpgsqlConnection(ConnectionString + ";Pooling=false");

    protected override async Task CreateDatabaseAsync() => ConnectionString = await postgres.CreateDatabaseAsync();
}
