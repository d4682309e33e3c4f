using System.Text.Json;
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

/// <summary>The kind of database that the hosts under test keep their ledgers in.</summary>
internal interface ILedgerBed : IAsyncDisposable
{
    /// <summary>Where the data lies.</summary>
    string Folder { get; }

    /// <summary>The ledger that was loaded.</summary>
    ILedgerDatabase Original { get; }

    /// <summary>Makes the first ledger, with that data in it.</summary>
    Task LoadAsync(LoadPlan plan, IProgress<LoadProgress> progress, CancellationToken cancellationToken);

    /// <summary>Another ledger with the same data, before anyone uses the first.</summary>
    Task<ILedgerDatabase> CopyAsync(string name);

    /// <summary>What runs, and how it is set.</summary>
    Task<IReadOnlyDictionary<string, string>> DescribeAsync();
}

/// <summary>A ledger that one host has to itself.</summary>
internal interface ILedgerDatabase
{
    /// <summary>The host's settings that lead to it.</summary>
    IReadOnlyList<string> Settings { get; }

    Task<DatabaseUse> ReadUseAsync();
}

/// <summary>A PostgreSQL of the bench's own, tuned as for a server of its size, with nothing turned off.</summary>
internal sealed class PostgresBed : ILedgerBed
{
    private const string Loaded = "ledger";

    // Beside the data of a server that is kept: which plan it was loaded by; empty until then.
    private const string MarkName = "wallet-bench.json";

    private static readonly string[] Reported = ["server_version", "fsync", "synchronous_commit", "shared_buffers", "max_wal_size", "checkpoint_timeout"];

    private readonly PostgresServer _server;
    private readonly string? _mark;

    private PostgresBed(string? folder)
    {
        _server = new PostgresServer { Folder = folder, Settings = ["shared_buffers=1GB", "max_wal_size=8GB", "checkpoint_timeout=15min"] };
        _mark = folder is null ? null : Path.Combine(folder, MarkName);
    }

    public string Folder => _server.Data;

    public ILedgerDatabase Original => new Database(_server, Loaded);

    /// <param name="folder">Where its data is to stay, to be found there the next time; null for a temporary one.</param>
    /// <exception cref="LoadException">There is something else in the folder.</exception>
    public static async Task<PostgresBed> StartAsync(string? folder)
    {
        var bed = new PostgresBed(folder);
        if (bed._mark is { } mark && !File.Exists(mark))
        {
            Directory.CreateDirectory(folder!);
            if (Directory.EnumerateFileSystemEntries(folder!).Any())
                throw new LoadException($"{folder} is neither empty nor was it made by this program.");
            await File.WriteAllTextAsync(mark, "");
        }

        try
        {
            await bed._server.InitializeAsync();
            return bed;
        }
        catch
        {
            await bed.DisposeAsync();
            throw;
        }
    }

    /// <summary>Nothing is done where the folder has the data from before.</summary>
    public async Task LoadAsync(LoadPlan plan, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
    {
        var planned = JsonSerializer.Serialize(plan);
        if (_mark is not null && await File.ReadAllTextAsync(_mark, cancellationToken) == planned)
            return;
        await _server.ExecuteAsync($"DROP DATABASE IF EXISTS {Loaded}");
        await _server.ExecuteAsync($"CREATE DATABASE {Loaded}");
        await LedgerLoader.LoadPostgresAsync(_server.ConnectionString(Loaded), plan, progress, cancellationToken);
        if (_mark is not null)
            await File.WriteAllTextAsync(_mark, planned, cancellationToken);
    }

    public async Task<ILedgerDatabase> CopyAsync(string name)
    {
        await _server.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE {Loaded} STRATEGY file_copy");
        return new Database(_server, name);
    }

    public async Task<IReadOnlyDictionary<string, string>> DescribeAsync()
    {
        await using var source = NpgsqlDataSource.Create(_server.ConnectionString("postgres"));
        var settings = new Dictionary<string, string>();
        foreach (var name in Reported)
        {
            await using var command = source.CreateCommand("SELECT current_setting($1)");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
            settings.Add(name == "server_version" ? "postgresql" : name, (string)(await command.ExecuteScalarAsync())!);
        }

        return settings;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private sealed class Database(PostgresServer server, string name) : ILedgerDatabase
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

    public ILedgerDatabase Original => new Database(Loaded);

    private string Loaded => _folder.File("loaded.db");

    public Task LoadAsync(LoadPlan plan, IProgress<LoadProgress> progress, CancellationToken cancellationToken) =>
        LedgerLoader.LoadSqliteAsync(Loaded, plan, progress, cancellationToken);

    public Task<ILedgerDatabase> CopyAsync(string name)
    {
        var file = _folder.File($"{name}.db");
        foreach (var part in Parts(Loaded))
            File.Copy(part, file + part[Loaded.Length..]);
        return Task.FromResult<ILedgerDatabase>(new Database(file));
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

    private sealed class Database(string file) : ILedgerDatabase
    {
        public IReadOnlyList<string> Settings => ["--Wallet:SqliteFile", file];

        public Task<DatabaseUse> ReadUseAsync() =>
            Task.FromResult(new DatabaseUse(Cpu: null, LogBytes: null, Parts(file).Sum(static part => new FileInfo(part).Length)));
    }
}
