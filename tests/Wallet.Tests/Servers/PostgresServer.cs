using System.Globalization;
using Npgsql;

namespace Wallet.Tests.Servers;

/// <summary>
/// A PostgreSQL of the tests' own, with nothing turned off: commits wait for the disk. The newest that is installed, or the one in the folder
/// that <c>WALLET_TEST_POSTGRES_BIN</c> names.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string UserName = "wallet";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"wallet-postgres-{Guid.NewGuid():N}");
    private readonly int _port = ServerProcess.FreePort();
    private readonly string _bin = FindBin();
    private ServerProcess? _server;
    private int _databases;

    /// <summary>PostgreSQL refuses to run as root, which is who tests often run as in a container.</summary>
    private static string[] AsUser { get; } = Environment.UserName == "root"
        ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
        : [];

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_folder);
        if (AsUser.Length > 0)
            await ServerProcess.RunAsync("chown", "nobody:nogroup", _folder);
        await ServerProcess.RunAsync(
            [.. AsUser, Path.Combine(_bin, "initdb"), "--pgdata", Data, "--username", UserName, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]);
        await StartAsync();
    }

    /// <summary>Starts the server, or starts it again after <see cref="StopAsync"/>, on the same port with the same data.</summary>
    public async Task StartAsync() =>
        _server = await ServerProcess.StartAsync(
            [
                .. AsUser, Path.Combine(_bin, "postgres"), "-D", Data, "-p", _port.ToString(CultureInfo.InvariantCulture),
                "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=400", "-c", "log_min_messages=fatal",
            ],
            async _ => await CanConnectAsync(),
            stopSignal: "INT"); // TERM would wait for the clients to leave

    /// <summary>Stops the server as a crash would: connections are cut, nothing is waited for.</summary>
    public async Task StopAsync()
    {
        await _server!.SignalAsync("QUIT");
        await _server.WaitForExitAsync(CancellationToken.None);
        await _server.DisposeAsync();
        _server = null;
    }

    /// <summary>Makes a new database; it goes with the server.</summary>
    /// <returns>How to connect to it.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"wallet_{Interlocked.Increment(ref _databases)}");
        await using var admin = NpgsqlDataSource.Create(ConnectionString("postgres"));
        await using var create = admin.CreateCommand($"CREATE DATABASE {name}");
        await create.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>Changes a setting of the whole server: for tests that have a server to themselves.</summary>
    public async Task SetAsync(string setting, string value)
    {
        await using var admin = NpgsqlDataSource.Create(ConnectionString("postgres"));
        await using var set = admin.CreateCommand($"ALTER SYSTEM SET {setting} = '{value}'");
        await set.ExecuteNonQueryAsync();
        await using var reload = admin.CreateCommand("SELECT pg_reload_conf()");
        await reload.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private string Data => Path.Combine(_folder, "data");

    private string ConnectionString(string database) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Username={UserName};Database={database}");

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

    private static string FindBin()
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
