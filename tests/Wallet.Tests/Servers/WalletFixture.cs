using Microsoft.Data.Sqlite;
using Npgsql;
using Wallet.Service.Storage.Sqlite;

namespace Wallet.Tests.Servers;

/// <summary>A copy of the service for the tests of a class. Each test signs in users of its own, so that they do not meet.</summary>
public abstract class WalletFixture(TestRedis redis) : IAsyncLifetime
{
    private WalletHost? _host;

    public RedisServer Redis { get; } = redis;

    public WalletHost Host => _host!;

    /// <summary>Further settings, for this copy and those that are made with <see cref="Settings"/>.</summary>
    public IReadOnlyDictionary<string, string?> More { get; init; } = new Dictionary<string, string?>();

    /// <summary>The settings that a further copy on the same database needs.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Settings = new Dictionary<string, string?>([.. await CreateDatabaseAsync(), .. More]);
        _host = await WalletHost.StartAsync(Redis, Settings);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Changes the database behind the service's back, as an operator with a console might.</summary>
    public abstract Task ExecuteSqlAsync(string sql);

    /// <summary>Counts in the database behind the service's back.</summary>
    /// <param name="sql">A query for one number.</param>
    public abstract Task<long> CountAsync(string sql);

    /// <returns>The settings that lead the service to a new and empty database.</returns>
    protected abstract Task<Dictionary<string, string?>> CreateDatabaseAsync();
}

/// <summary>The service on an embedded file.</summary>
public sealed class SqliteWallet(TestRedis redis) : WalletFixture(redis)
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The settings that lead the service to a further file, which goes with this fixture.</summary>
    public Dictionary<string, string?> NewFile() => new() { ["Wallet:SqliteFile"] = _folder.File($"{Guid.NewGuid():N}.db") };

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    public override Task ExecuteSqlAsync(string sql)
    {
        using var database = SqliteDatabase.Open(_folder.File("wallet.db"), isReadOnly: false);
        database.Execute(sql);
        return Task.CompletedTask;
    }

    public override async Task<long> CountAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={_folder.File("wallet.db")};Pooling=False;Mode=ReadOnly");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are the tests' own.
        command.CommandText = sql;
#pragma warning restore CA2100
        return (long)(await command.ExecuteScalarAsync())!;
    }

    protected override Task<Dictionary<string, string?>> CreateDatabaseAsync() =>
        Task.FromResult(new Dictionary<string, string?> { ["Wallet:SqliteFile"] = _folder.File("wallet.db") });
}

/// <summary>The service on PostgreSQL.</summary>
public sealed class PostgresWallet(TestRedis redis, TestPostgres postgres) : WalletFixture(redis)
{
    public override async Task ExecuteSqlAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Settings["ConnectionStrings:Wallet"]!);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public override async Task<long> CountAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Settings["ConnectionStrings:Wallet"]!);
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>The settings that lead the service to a database.</summary>
    /// <param name="connectionString">How to connect to it.</param>
    public static Dictionary<string, string?> SettingsFor(string connectionString) => new() { ["ConnectionStrings:Wallet"] = connectionString };

    protected override async Task<Dictionary<string, string?>> CreateDatabaseAsync() => SettingsFor(await postgres.CreateDatabaseAsync());
}
