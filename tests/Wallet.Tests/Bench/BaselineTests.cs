using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Wallet.Bench.Hosts;
using Wallet.Tests.Servers;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Bench;

/// <summary>The baseline is slower than the service, not sloppier: it keeps the same ledger.</summary>
public sealed class BaselineTests(PostgresWallet wallet) : IClassFixture<PostgresWallet>, IAsyncLifetime
{
    private const int Balance = 40;

    private WebApplication _baseline = null!;
    private HttpClient _http = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _baseline = BenchHost.Create(BenchHost.Baseline,
        [
            "--urls", "http://127.0.0.1:0", "--ConnectionStrings:Redis", wallet.Redis.ConnectionString,
            "--ConnectionStrings:Wallet", wallet.Settings["ConnectionStrings:Wallet"]!,
        ]);
        await _baseline.StartAsync(Cancel);
        _http = new HttpClient { BaseAddress = new Uri(_baseline.Urls.Single()) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _baseline.DisposeAsync();
    }

    [Fact]
    public async Task Concurrent_transfers_replays_and_refusals_leave_an_intact_ledger()
    {
        TestUser[] users = [.. await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => wallet.Host.NewUserAsync(Balance)))];

        // Each key is sent twice at the same time, and together they ask for more than there is.
        var statuses = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            var response = await SendAsync(users[i / 2 % 4], users[(i / 2 + 1 + i / 8 % 3) % 4], amount: 7, key: $"key-{i / 2}");
            return (Key: i / 2, response.Status);
        }));

        Assert.All(statuses, static s => Assert.Contains(s.Status, new[] { 201, 422 }));
        Assert.All(statuses.GroupBy(static s => s.Key), static pair => Assert.Single(pair.Select(static s => s.Status).Distinct()));
        var entries = await LedgerAudit.CheckAsync(wallet.Host.Store, users.Select(static u => u.AccountId));
        var posted = statuses.Where(static s => s.Status == 201).Select(static s => s.Key).Distinct().Count();
        Assert.InRange(posted, 1, 100);
        Assert.Equal(2 * posted, entries.Count(static e => e.Amount is 7 or -7));
        Assert.Equal(4 * Balance, (await Task.WhenAll(users.Select(static u => u.BalanceAsync()))).Sum());
    }

    [Fact]
    public async Task A_replay_gives_the_first_answer()
    {
        var payer = await wallet.Host.NewUserAsync(Balance);
        var payee = await wallet.Host.NewUserAsync();

        var first = await SendAsync(payer, payee, amount: 10, key: "once");
        var again = await SendAsync(payer, payee, amount: 10, key: "once");
        var other = await SendAsync(payer, payee, amount: 11, key: "once");

        first.AssertStatus(201);
        Assert.Equal(first.Text, again.Text);
        Assert.Equal("true", again.Header("Idempotent-Replayed"));
        Assert.Equal(422, other.Status);
        Assert.Equal(Balance - 10, await payer.BalanceAsync());
    }

    [Fact]
    public async Task Too_little_money_is_refused_and_stays_refused()
    {
        var payer = await wallet.Host.NewUserAsync(5);
        var payee = await wallet.Host.NewUserAsync();

        Assert.Equal(422, (await SendAsync(payer, payee, amount: 6, key: "too-much")).Status);
        await wallet.Host.DepositAsync(payer.AccountId, 100);
        Assert.Equal(422, (await SendAsync(payer, payee, amount: 6, key: "too-much")).Status);
        Assert.Equal(404, (await SendAsync(payer, await wallet.Host.SignInAsync("nobody-yet"), amount: 1, key: "to-nobody")).Status);
    }

    [Fact]
    public async Task Balance_and_history_are_those_of_the_service()
    {
        var payer = await wallet.Host.NewUserAsync(Balance);
        var payee = await wallet.Host.NewUserAsync();
        for (var i = 0; i < 25; i++)
            (await SendAsync(payer, payee, amount: 1, key: $"page-{i}")).AssertStatus(201);

        foreach (var path in (string[])["/v1/balance", "/v1/transactions"])
        {
            var mine = await GetAsync(payer, path);
            var service = await payer.GetAsync(path);
            mine.AssertStatus(200);
            if (path == "/v1/balance")
                Assert.Equal(service.Text, mine.Text);
            else
                Assert.Equal(service.Body.GetProperty("data").GetRawText(), mine.Body.GetProperty("data").GetRawText());
        }
    }

    [Fact]
    public async Task Nobody_comes_in_without_a_token()
    {
        using var response = await _http.GetAsync("/v1/balance", Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private Task<ApiResponse> SendAsync(TestUser payer, TestUser payee, long amount, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/transfers")
        {
            Content = WalletHost.Json(JsonSerializer.Serialize(new { to_user_id = payee.Id, amount })),
            Headers = { { "Idempotency-Key", key } },
        };
        return SendAsync(request, payer);
    }

    private Task<ApiResponse> GetAsync(TestUser user, string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path), user);

    private async Task<ApiResponse> SendAsync(HttpRequestMessage request, TestUser user)
    {
        using (request)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", user.Token);
            using var response = await _http.SendAsync(request, Cancel);
            return await ApiResponse.ReadAsync(response);
        }
    }
}
