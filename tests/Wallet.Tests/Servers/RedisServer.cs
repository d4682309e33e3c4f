using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using StackExchange.Redis;
using Wallet.Service.Sessions;

namespace Wallet.Tests.Servers;

/// <summary>A Redis of the tests' own that keeps nothing on disk.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private readonly int _port = ServerProcess.FreePort();
    private ServerProcess? _server;

    /// <summary>How to connect to it.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    public async ValueTask InitializeAsync() => await StartAsync();

    /// <summary>Starts the server, or starts it again, empty, after <see cref="StopAsync"/>.</summary>
    public async Task StartAsync() =>
        _server = await ServerProcess.StartAsync(
            [
                ServerProcess.Find("redis-server"), "--port", _port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1",
                "--save", "", "--appendonly", "no",
            ],
            async _ => await CanConnectAsync());

    /// <summary>Does what an auth service does at sign-in.</summary>
    /// <returns>The token.</returns>
    public async Task<string> SignInAsync(string userId, params string[] scopes)
    {
        var token = $"token-{Guid.NewGuid():N}";
        await WriteSessionAsync(token, JsonSerializer.Serialize(new { user_id = userId, scopes }));
        return token;
    }

    /// <summary>Writes a session's record as it is.</summary>
    public async Task WriteSessionAsync(string token, string record, TimeSpan? timeToLive = null)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(ConnectionString);
        await redis.GetDatabase().StringSetAsync(KeyOf(token), record, timeToLive ?? TimeSpan.FromHours(1));
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

    private static string KeyOf(string token) => RedisSessionStore.KeyPrefix + TokenHash.Of(token);

    public async Task StopAsync()
    {
        await _server!.DisposeAsync();
        _server = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
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
