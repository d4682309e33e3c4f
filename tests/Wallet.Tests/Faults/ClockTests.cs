using Microsoft.Extensions.DependencyInjection;
using Wallet.Tests.Servers;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Faults;

/// <summary>The machine's clock is set back and forward while the service runs.</summary>
public sealed class ClockTests(SqliteWallet sqlite, TestPostgres postgres) : IClassFixture<SqliteWallet>
{
    private readonly SetClock _time = new(new DateTimeOffset(2030, 1, 31, 12, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Entries_never_go_back_in_time_however_the_clock_is_set(bool isPostgres)
    {
        await using var host = await StartAsync(isPostgres ? PostgresWallet.SettingsFor(await postgres.CreateDatabaseAsync()) : sqlite.NewFile());
        var payer = await host.NewUserAsync(balance: 100);
        var payee = await host.NewUserAsync();

        foreach (var hours in (int[])[0, -1, -48, 0, 24, -24])
        {
            _time.Set(new DateTimeOffset(2030, 1, 31, 12, 0, 1, TimeSpan.Zero).AddHours(hours));
            (await payer.SendAsync(payee, 5, key: $"{hours}")).AssertStatus(201);
            (await payee.SendAsync(payer, 1)).AssertStatus(201);
        }

        var again = await payer.SendAsync(payee, 5, key: "24");
        Assert.Equal("true", again.Header("Idempotent-Replayed"));
        Assert.Equal((81, 19), (await payer.BalanceAsync(), await payee.BalanceAsync())); // one key comes twice
        foreach (var account in (long[])[payer.AccountId, payee.AccountId])
        {
            var times = (await LedgerAudit.CheckAsync(host.Store, [account])).Select(static entry => entry.CreatedAt).ToArray();
            Assert.Equal(times.Order(), times);
            Assert.Equal(new DateTime(2030, 2, 1, 12, 0, 1, DateTimeKind.Utc), times[^1]);
        }

        var page = await payer.GetAsync("/v1/transactions?from=2030-02-01T12:00:01Z");
        Assert.Equal(4, page.Body.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task A_session_ends_when_the_clock_says_so_also_after_it_was_set_forward()
    {
        await using var host = await StartAsync(sqlite.NewFile());
        var token = $"token-{Guid.NewGuid():N}";
        await sqlite.Redis.WriteSessionAsync(token, $$"""{"user_id": "x", "scopes": ["wallet"], "expires_at": "{{_time.GetUtcNow().AddMinutes(10):O}}"}""");
        (await host.SendAsync(HttpMethod.Get, "/v1/accounts", token)).AssertStatus(200);

        _time.Set(_time.GetUtcNow().AddMinutes(10));

        (await host.SendAsync(HttpMethod.Get, "/v1/accounts", token)).AssertProblem(401, "invalid_token");
    }

    [Fact]
    public async Task A_revoked_session_is_remembered_no_longer_after_the_clock_was_set_back()
    {
        await using var host = await StartAsync(sqlite.NewFile());
        var user = await host.SignInAsync("someone");
        (await user.GetAsync("/v1/accounts")).AssertStatus(200);

        _time.Set(_time.GetUtcNow().AddHours(-1));
        await sqlite.Redis.RevokeAsync(user.Token);
        _time.Advance(TimeSpan.FromSeconds(5));

        (await user.GetAsync("/v1/accounts")).AssertProblem(401, "invalid_token");
    }

    private Task<WalletHost> StartAsync(Dictionary<string, string?> settings) =>
        WalletHost.StartAsync(sqlite.Redis, settings, services => services.AddSingleton<TimeProvider>(_time));
}
