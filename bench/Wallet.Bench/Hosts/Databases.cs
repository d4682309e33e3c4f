using Npgsql;
using Wallet.Bench.Data;
using Wallet.Bench.Measuring;
using Wallet.Servers;

namespace Wallet.Bench.Hosts;

/// <summary>What a database has used since it was started; what cannot be known is null.</summary>
/// <param name="Cpu">CPU time of its processes.</param>
/// <param name="LogBytes">Written to its write-ahead log.</param>
/// <param name="StoredBytes">What its files take.</param>
internal readonly record struct DatabaseUse(TimeSpan? Cpu, long? LogBytes, long? StoredBytes);

/// <summary>The kind of database that the hosts under test keep their ledgers in: each has a copy of its own of the same data.</summary>
internal interface ILedgerBed : IAsyncDisposable
{
    /// <summary>Makes the first ledger, with that data in it.</summary>
    Task LoadAsync(LoadPlan plan, IProgress<LoadProgress> progress, CancellationToken cancellationToken);

    /// <summary>A ledger with the data.</summary>
    Task<ILedgerCopy> CopyAsync(string name);

    /// <summary>What runs, and how it is set.</summary>
    Task<IReadOnlyDictionary<string, string>> DescribeAsync();

    /// <summary>Where the data lies.</summary>
    string Folder { get; }
}

/// <summary>A ledger that one host has to itself.</summary>
internal interface ILedgerCopy
{
    /// <summary>The host's settings that lead to it.</summary>
    IReadOnlyList<string> Settings { get; }

    Task<DatabaseUse> ReadUseAsync();
}

/// <summary>A PostgreSQL of the bench's own, tuned as for a server of its size, with nothing turned off.</summary>
internal sealed class PostgresBed(PostgresServer server) : ILedgerBed
{
    private const string Loaded = "ledger";

    private static readonly string[] Reported = ["server_version", "fsync", "synchronous_commit", "shared_buffers", "max_wal_size", "checkpoint_timeout"];

    /// <summary>How the server is set where that differs from how it comes.</summary>
    public static IReadOnlyList<string> ServerSettings { get; } = ["shared_buffers=1GB", "max_wal_size=8GB", "checkpoint_timeout=15min"];

    public string Folder => server.Data;

    public static async Task<PostgresBed> StartAsync()
    {
        var server = new PostgresServer { Settings = ServerSettings };
        await server.InitializeAsync();
        return new PostgresBed(server);
    }

    public async Task LoadAsync(LoadPlan plan, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
    {
        await server.ExecuteAsync($"CREATE DATABASE {Loaded}");
        await LedgerLoader.LoadPostgresAsync(server.ConnectionString(Loaded), plan, progress, cancellationToken);
    }

    public async Task<ILedgerCopy> CopyAsync(string name)
    {
        await server.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {Loaded} STRATEGY file_copy");
        await server.ExecuteAsync("CHECKPOINT");
        return new Copy(server, name);
    }

    public async Task<IReadOnlyDictionary<string, string>> DescribeAsync()
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString("postgres"));
        var settings = new Dictionary<string, string>();
        foreach (var name in Reported)
        {
            await using var command = source.CreateCommand("SELECT current_setting($1)");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
            settings.Add(name == "server_version" ? "postgresql" : name, (string)(await command.ExecuteScalarAsync())!);
        }

        return settings;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private sealed class Copy(PostgresServer server, string name) : ILedgerCopy
    {
        public IReadOnlyList<string> Settings => ["--ConnectionStrings:Wallet", server.ConnectionString(name)];

        public async Task<DatabaseUse> ReadUseAsync()
        {
            await using var source = NpgsqlDataSource.Create(server.ConnectionString("postgres"));
            await using var command = source.CreateCommand("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint, pg_database_size($1)");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            return new DatabaseUse(ProcessTimes.OfTree(server.ProcessId), reader.GetInt64(0), reader.GetInt64(1));
        }
    }
}

/// <summary>SQLite files, each inside the host that uses it.</summary>
internal sealed class SqliteBed : ILedgerBed
{
    private readonly TemporaryFolder _folder = new();

    public string Folder => _folder.Path;

    private string Loaded => _folder.File("loaded.db");

    public Task LoadAsync(LoadPlan plan, IProgress<LoadProgress> progress, CancellationToken cancellationToken) =>
        LedgerLoader.LoadSqliteAsync(Loaded, plan, progress, cancellationToken);

    public Task<ILedgerCopy> CopyAsync(string name)
    {
        var file = _folder.File($"{name}.db");
        foreach (var part in Parts(Loaded))
            File.Copy(part, file + part[Loaded.Length..]);
        return Task.FromResult<ILedgerCopy>(new Copy(file));
    }

    public Task<IReadOnlyDictionary<string, string>> DescribeAsync() =>
        Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>
        {
            ["sqlite"] = SQLitePCL.raw.sqlite3_libversion().utf8_to_string(),
            ["journal_mode"] = "wal",
            ["synchronous"] = "full",
        });

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The files of a database that are there: itself, and its write-ahead log.</summary>
    private static IEnumerable<string> Parts(string file) => new[] { file, file + "-wal" }.Where(File.Exists);

    private sealed class Copy(string file) : ILedgerCopy
    {
        public IReadOnlyList<string> Settings => ["--Wallet:SqliteFile", file];

        public Task<DatabaseUse> ReadUseAsync() =>
            Task.FromResult(new DatabaseUse(Cpu: null, LogBytes: null, Parts(file).Sum(static part => new FileInfo(part).Length)));
    }
}
