using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using StackExchange.Redis;

namespace Wallet.Servers;

/// <summary>A Redis of one's own that keeps nothing on disk.</summary>
/// <param name="isCluster">Whether it is a cluster, of one server.</param>
public class RedisServer(bool isCluster) : IAsyncDisposable
{
    private const int SignInsInFlight = 10_000;
    private static readonly TimeSpan SessionLifetime = TimeSpan.FromDays(1);
    private static readonly TimeSpan ClusterPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ClusterPoll = TimeSpan.FromMilliseconds(50);

    private readonly int _port = ServerProcess.FreePort();
    private readonly TemporaryFolder _folder = new();
    private ServerProcess? _server;

    public RedisServer()
        : this(isCluster: false)
    {
    }

    /// <summary>How to connect to it.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    public async ValueTask InitializeAsync() => await StartAsync();

    /// <summary>Starts the server, or starts it again, empty, after <see cref="StopAsync"/>.</summary>
    public async Task StartAsync()
    {
        _server = await ServerProcess.StartAsync(
            [
                ServerProcess.Find("redis-server"), "--port", _port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1",
                "--save", "", "--appendonly", "no", "--dir", _folder.Path, "--cluster-enabled", isCluster ? "yes" : "no",
            ],
            async _ => await CanConnectAsync());
        if (!isCluster)
            return;

        await using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString + ",allowAdmin=true");
        var server = redis.GetServers()[0];
        await server.ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
        using var patience = new CancellationTokenSource(ClusterPatience);
        while (!((string?)await server.ExecuteAsync("CLUSTER", "INFO"))!.Contains("cluster_state:ok", StringComparison.Ordinal))
            await Task.Delay(ClusterPoll, patience.Token);
    }

    /// <summary>Does what an auth service does at sign-in.</summary>
    /// <returns>The token.</returns>
    public async Task<string> SignInAsync(string userId, params string[] scopes)
    {
        var token = $"token-{Guid.NewGuid():N}";
        await WriteSessionAsync(token, SessionOf(userId, scopes));
        return token;
    }

    /// <summary>Signs many in, without waiting for each: some 100,000 a second.</summary>
    /// <param name="sessions">The tokens, and whose they are.</param>
    /// <param name="scopes">What each of them may do.</param>
    public async Task SignInAsync(IEnumerable<(string Token, string UserId)> sessions, params string[] scopes)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        var database = redis.GetDatabase();
        foreach (var chunk in sessions.Chunk(SignInsInFlight))
        {
            foreach (var (token, userId) in chunk)
                database.StringSet(KeyOf(token), SessionOf(userId, scopes), SessionLifetime, flags: CommandFlags.FireAndForget);
            await database.PingAsync();
        }
    }

    /// <summary>Writes a session's record as it is.</summary>
    public async Task WriteSessionAsync(string token, string record, TimeSpan? timeToLive = null)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        await redis.GetDatabase().StringSetAsync(KeyOf(token), record, timeToLive ?? SessionLifetime);
    }

    /// <summary>Puts a list where a session's record should be.</summary>
    public async Task WriteListAsync(string token)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        await redis.GetDatabase().ListLeftPushAsync(KeyOf(token), "x");
    }

    /// <summary>Does what an auth service does at sign-out.</summary>
    public async Task RevokeAsync(string token)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        await redis.GetDatabase().KeyDeleteAsync(KeyOf(token));
    }

    // What the service's documents ask of an auth service, and not the service's own code, so that a test sees where they part.
    private static string KeyOf(string token) => $"wallet:session:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)))}";

    private static string SessionOf(string userId, string[] scopes) => JsonSerializer.Serialize(new { user_id = userId, scopes });

    public async Task StopAsync()
    {
        await _server!.DisposeAsync();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task<bool> CanConnectAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
