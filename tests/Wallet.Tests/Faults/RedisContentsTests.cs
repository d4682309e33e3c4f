using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Faults;

/// <summary>Redis is there and is not what it should be.</summary>
public sealed class RedisContentsTests(SqliteWallet wallet) : IClassFixture<SqliteWallet>, IAsyncLifetime
{
    private readonly RedisServer _redis = new();

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task When_Redis_was_emptied_its_sessions_are_401_once_they_are_no_longer_remembered()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        await using var host = await WalletHost.StartAsync(_redis, wallet.NewFile(), services => services.AddSingleton<TimeProvider>(time));
        var known = await host.NewUserAsync();
        var unknown = await host.SignInAsync("unknown");

        await ExecuteAsync(["FLUSHALL"]);
        (await known.GetAsync("/v1/accounts")).AssertStatus(200);
        (await unknown.GetAsync("/v1/accounts")).AssertProblem(401, "invalid_token");
        time.Advance(TimeSpan.FromSeconds(5));

        (await known.GetAsync("/v1/accounts")).AssertProblem(401, "invalid_token");
        (await (await host.SignInAsync(known.Id)).GetAsync("/v1/accounts")).AssertStatus(200);
    }

    [Fact]
    public async Task A_Redis_that_does_not_take_the_password_is_503_until_it_does()
    {
        await ExecuteAsync(["CONFIG", "SET", "requirepass", "right"]);
        var settings = wallet.NewFile();
        settings["ConnectionStrings:Redis"] = $"{_redis.ConnectionString},password=wrong,connectTimeout=500";
        await using var host = await WalletHost.StartAsync(_redis, settings);

        (await host.SendAsync(HttpMethod.Get, "/v1/accounts", "a-token")).AssertProblem(503, "sessions_unavailable");
        Assert.Equal(503, (await host.SendAsync(HttpMethod.Get, "/health/ready", token: null)).Status);

        await ExecuteAsync(["CONFIG", "SET", "requirepass", "wrong"], ",password=right");
        await Eventually.AssertAsync(async () => (await host.SendAsync(HttpMethod.Get, "/v1/accounts", "a-token")).AssertProblem(401, "invalid_token"));
    }

    [Fact]
    public async Task What_is_no_Redis_is_503_and_the_service_starts_all_the_same()
    {
        var settings = wallet.NewFile();
        settings["ConnectionStrings:Redis"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{wallet.Host.Http.BaseAddress!.Port},connectTimeout=500");
        await using var host = await WalletHost.StartAsync(_redis, settings);

        (await host.SendAsync(HttpMethod.Get, "/v1/accounts", "a-token")).AssertProblem(503, "sessions_unavailable");
        (await host.SendAsync(HttpMethod.Post, "/v1/transfers", "a-token", WalletHost.Json("{}"))).AssertProblem(503, "sessions_unavailable");
        Assert.Equal(503, (await host.SendAsync(HttpMethod.Get, "/health/ready", token: null)).Status);
    }

    private async Task ExecuteAsync(string[] command, string options = "")
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{_redis.ConnectionString},allowAdmin=true{options}");
        await redis.GetServers()[0].ExecuteAsync(command[0], [.. command.Skip(1)]);
    }
}
