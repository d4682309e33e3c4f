using Microsoft.Extensions.DependencyInjection;
using Wallet.Service.Startup;
using Wallet.Tests.Servers;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Transfers;

public sealed class DatabaseAwayTests(TestRedis redis) : IAsyncLifetime
{
    private readonly PostgresServer _postgres = new();
    private Dictionary<string, string?> _settings = null!;

    public async ValueTask InitializeAsync()
    {
        await _postgres.InitializeAsync();
        _settings = PostgresWallet.SettingsFor(await _postgres.CreateDatabaseAsync());
    }

    public ValueTask DisposeAsync() => _postgres.DisposeAsync();

    [Fact]
    public async Task While_the_database_is_away_calls_get_503_and_the_service_recovers_by_itself()
    {
        await using var host = await WalletHost.StartAsync(redis, _settings);
        var payer = await host.NewUserAsync(balance: 100);
        var payee = await host.NewUserAsync();

        await _postgres.StopAsync();
        var refused = await payer.SendAsync(payee, 10, key: "k");
        Assert.Equal(503, refused.Status);
        Assert.Contains(refused.Body.GetProperty("code").GetString(), new[] { "database_unavailable", "in_doubt" });
        Assert.NotNull(refused.Headers.RetryAfter);
        (await payer.GetAsync("/v1/balance")).AssertProblem(503, "database_unavailable");
        (await payer.GetAsync("/v1/transactions")).AssertProblem(503, "database_unavailable");
        (await payer.PostAsync("/v1/accounts", """{"currency": "EUR"}""")).AssertProblem(503, "database_unavailable");
        Assert.Equal(503, (await host.SendAsync(HttpMethod.Get, "/health/ready", token: null)).Status);
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Get, "/health/live", token: null)).Status);

        await _postgres.StartAsync();
        await Eventually.AssertAsync(async () => (await payer.SendAsync(payee, 10, key: "k")).AssertStatus(201));
        Assert.Equal((90, 10), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Get, "/health/ready", token: null)).Status);
    }

    [Fact]
    public async Task A_service_that_starts_before_its_database_waits_for_it()
    {
        await _postgres.StopAsync();
        await using var host = await WalletHost.StartUnreadyAsync(redis, _settings);
        var user = await host.SignInAsync("early");

        Assert.Equal(503, (await host.SendAsync(HttpMethod.Get, "/health/ready", token: null)).Status);
        (await user.PostAsync("/v1/accounts", """{"currency": "SGD"}""")).AssertProblem(503, "database_unavailable");

        await _postgres.StartAsync();
        await host.Services.GetRequiredService<LedgerReadiness>().WhenReady.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await user.OpenAccountAsync("SGD", "main");
    }

    [Fact]
    public async Task What_was_acknowledged_under_load_is_there_once_after_the_database_crashed_and_retries_settle_the_rest()
    {
        await using var host = await WalletHost.StartAsync(redis, _settings);
        var payer = await host.NewUserAsync(balance: 10_000);
        var payee = await host.NewUserAsync();
        var answers = new int[400];

        var clients = Enumerable.Range(0, 16).Select(async client =>
        {
            for (var i = client; i < answers.Length; i += 16)
            {
                await Eventually.AssertAsync(async () => (await payer.SendAsync(payee, 1, key: $"k{i}")).AssertStatus(201));
                answers[i]++;
            }
        }).ToArray();
        for (var crash = 1; crash <= 2; crash++)
        {
            while (answers.Count(a => a > 0) < crash * 100)
                await Task.Delay(TimeSpan.FromMilliseconds(2), TestContext.Current.CancellationToken);
            await _postgres.StopAsync();
            await _postgres.StartAsync();
        }

        await Task.WhenAll(clients);

        Assert.Equal((10_000 - answers.Length, answers.Length), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        await LedgerAudit.CheckAsync(host.Store, [payer.AccountId, payee.AccountId]);
    }
}
