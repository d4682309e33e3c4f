using System.Globalization;
using Npgsql;

namespace Wallet.Servers;

/// <summary>
/// A PostgreSQL of one's own, with nothing turned off: commits wait for the disk. The newest that is installed, or the one in the folder
/// that <c>WALLET_TEST_POSTGRES_BIN</c> names.
/// </summary>
public class PostgresServer : IAsyncDisposable
{
    private const string UserName = "wallet";

    private readonly string _temporary = Path.Combine(Path.GetTempPath(), $"wallet-postgres-{Guid.NewGuid():N}");
    private readonly int _port = ServerProcess.FreePort();
    private readonly string _bin = FindBin();
    private ServerProcess? _server;
    private int _databases;

    /// <summary>PostgreSQL refuses to run as root, which is who tests often run as in a container.</summary>
    internal static string[] AsUser { get; } = Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
        : [];

    /// <summary>Where its data lies and stays; where it is not given, a temporary folder that goes with the server.</summary>
    public string? Folder { get; init; }

    /// <summary>The disk that its data lies on, with segments of its log that fit; where it is not given, that of everything else.</summary>
    public SmallDisk? Disk { get; init; }

    /// <summary>Further settings, each as <c>name=value</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>The server's first process, whose children do the work.</summary>
    /// <exception cref="InvalidOperationException">It does not run.</exception>
    public int ProcessId => (_server ?? throw new InvalidOperationException("The server does not run.")).Id;

    /// <summary>Where the files of the databases lie.</summary>
    public string Data => Path.Combine(Folder ?? Disk?.Path ?? _temporary, "data");

    private IReadOnlyList<string> Launcher => Disk is null ? AsUser : [.. Disk.Enter, .. SmallDisk.AsUser];

    /// <summary>Makes the data folder, unless it is there from before, and starts.</summary>
    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Path.Combine(Data, "PG_VERSION")))
        {
            if (Disk is null)
            {
                Directory.CreateDirectory(Data);
                if (AsUser.Length > 0)
                    await ServerProcess.RunAsync("chown", "nobody:nogroup", Data);
            }

            await ServerProcess.RunAsync(
                [
                    .. Launcher, Path.Combine(_bin, "initdb"), "--pgdata", Data, "--username", UserName, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync",
                    .. Disk is null ? Array.Empty<string>() : ["--wal-segsize", "1"],
                ]);
        }

        await StartAsync();
    }

    /// <summary>Starts the server, or starts it again after <see cref="StopAsync"/>, on the same port with the same data.</summary>
    public async Task StartAsync() =>
        _server = await ServerProcess.StartAsync(
            [
                .. Launcher, Path.Combine(_bin, "postgres"), "-D", Data, "-p", _port.ToString(CultureInfo.InvariantCulture),
                "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=400", "-c", "log_min_messages=fatal",
                .. Settings.SelectMany(static setting => new[] { "-c", setting }),
            ],
            async _ => await CanConnectAsync(),
            stopSignal: "INT"); // TERM would wait for the clients to leave

    /// <summary>Starts the server again, whether it still runs or has given up.</summary>
    public async Task RestartAsync()
    {
        await _server!.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Stops the server as a crash would: connections are cut, nothing is waited for.</summary>
    public Task StopAsync() => EndAsync("QUIT");

    /// <summary>Kills the server's first process with SIGKILL, as the system does when memory runs out. Its children notice and end.</summary>
    public Task KillAsync() => EndAsync("KILL");

    /// <summary>Kills one of the processes that serve a client with SIGKILL, if there is one. The server then cuts all connections and recovers by itself.</summary>
    public async Task KillBackendAsync()
    {
        await using var admin = NpgsqlDataSource.Create(ConnectionString("postgres"));
        await using var command = admin.CreateCommand(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1");
        if (await command.ExecuteScalarAsync() is int backend)
            ProcessTree.Kill(backend);
    }

    /// <summary>Makes a new database; it goes with the server's data.</summary>
    /// <returns>How to connect to it.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"wallet_{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync($"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    /// <summary>Changes a setting of the whole server: for who has a server to himself.</summary>
    public async Task SetAsync(string setting, string value)
    {
        await ExecuteAsync($"ALTER SYSTEM SET {setting} = '{value}'");
        await ExecuteAsync("SELECT pg_reload_conf()");
    }

    /// <summary>Executes a statement of administration, however long it takes.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var admin = NpgsqlDataSource.Create(ConnectionString("postgres"));
        await using var command = admin.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        if (Directory.Exists(_temporary))
            Directory.Delete(_temporary, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>How to connect to a database of that name, whether there is one or not.</summary>
    public string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Username={UserName};Database={database}");

    /// <summary>The path of a program that came with the server, such as <c>pgbench</c>.</summary>
    public string Program(string name) => Path.Combine(_bin, name);

    /// <summary>Returns when its children have ended too: they hold its output open.</summary>
    private async Task EndAsync(string signal)
    {
        await _server!.SignalAsync(signal);
        await _server.WaitForExitAsync(CancellationToken.None);
        await _server.DisposeAsync();
        _server = null;
    }

    private async Task<bool> CanConnectAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>The folder of the programs that come with the server.</summary>
    internal static string FindBin()
    {
        if (Environment.GetEnvironmentVariable("WALLET_TEST_POSTGRES_BIN") is { Length: > 0 } chosen)
            return chosen;
        const string Debian = "/usr/lib/postgresql";
        var installed = Directory.Exists(Debian)
            ? Directory.GetDirectories(Debian).OrderByDescending(folder => int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture)).Select(folder => Path.Combine(folder, "bin"))
            : [];
        return Path.GetDirectoryName(ServerProcess.Find("initdb", installed))!;
    }
}
