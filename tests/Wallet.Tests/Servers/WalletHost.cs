using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Wallet.Ledger;
using Wallet.Service;
using Wallet.Service.Commit;
using Wallet.Service.Sessions;
using Wallet.Service.Startup;
using Wallet.Service.Storage;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Servers;

/// <summary>A copy of the service inside the test process, on a port of its own, spoken to over real HTTP.</summary>
public sealed class WalletHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RedisServer _redis;

    private WalletHost(WebApplication app, RedisServer redis)
    {
        _app = app;
        _redis = redis;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    /// <summary>Sends no token by itself.</summary>
    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    internal ILedgerStore Store => Services.GetRequiredService<ILedgerStore>();

    internal CommitQueue Queue => Services.GetRequiredService<CommitQueue>();

    /// <summary>Starts a copy and waits until its ledger is ready.</summary>
    /// <param name="redis">Where its sessions are.</param>
    /// <param name="settings">Settings and their values.</param>
    /// <param name="configureServices">Changes to its services.</param>
    /// <param name="environment"><c>Production</c> or <c>Development</c>.</param>
    public static async Task<WalletHost> StartAsync(
        RedisServer redis, IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection>? configureServices = null, string environment = "Production")
    {
        var host = await StartUnreadyAsync(redis, settings, configureServices, environment);
        await host.Services.GetRequiredService<LedgerReadiness>().WhenReady.WaitAsync(TimeSpan.FromSeconds(60));
        return host;
    }

    /// <summary>Starts a copy, whether its database is there or not.</summary>
    public static async Task<WalletHost> StartUnreadyAsync(
        RedisServer redis, IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection>? configureServices = null, string environment = "Production")
    {
        var app = WalletApp.Create(["--environment", environment, "--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default=None"], builder =>
        {
            builder.Configuration["ConnectionStrings:Redis"] = redis.ConnectionString;
            builder.Configuration.AddInMemoryCollection(settings);
            configureServices?.Invoke(builder.Services);
        });
        await app.StartAsync();
        return new WalletHost(app, redis);
    }

    /// <summary>Signs in a user whom no other test knows, with an account of her own and some money in it.</summary>
    /// <param name="balance">What she has, in whole dollars.</param>
    public async Task<TestUser> NewUserAsync(long balance = 0)
    {
        var user = await SignInAsync($"user-{Guid.NewGuid():N}");
        user.AccountId = await user.OpenAccountAsync("SGD", "main");
        if (balance > 0)
            await DepositAsync(user.AccountId, balance);
        return user;
    }

    /// <summary>Signs a user in, who has no account yet.</summary>
    public async Task<TestUser> SignInAsync(string userId, params string[] moreScopes) => new(this, userId, await _redis.SignInAsync(userId, [Scopes.Wallet, .. moreScopes]));

    /// <summary>Puts money from the world into an account, on the way that all money takes.</summary>
    public async Task DepositAsync(long accountId, long amount)
    {
        var account = await Store.FindAccountAsync(accountId, CancellationToken.None);
        var world = await WorldAsync(account!.Currency);
        var answer = await Queue.SubmitAsync(new TransferCommand
        {
            Id = Guid.NewGuid(),
            IsKeyed = true,
            Fingerprint = Guid.NewGuid(),
            Kind = TransferKind.Deposit,
            RequestedBy = SystemAccounts.World,
            PayerId = world.Id,
            PayeeId = accountId,
            Amount = amount,
            Currency = account.Currency,
        });
        Assert.Equal(Outcome.Done, answer.Decision.Outcome);
        Assert.Equal(CommitStatus.Decided, answer.Status);
    }

    /// <summary>Sends a request and reads the whole answer.</summary>
    public async Task<ApiResponse> SendAsync(
        HttpMethod method, string path, string? token, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Http.SendAsync(request);
        return await ApiResponse.ReadAsync(response);
    }

    public static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    /// <summary>Stops it as a supervisor does: what is under way comes to its end.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    internal Task<Account> WorldAsync(string currency) =>
        SystemAccounts.OpenAsync(
            Store, SystemAccounts.World, Services.GetRequiredService<CurrencyTable>().Find(currency)!, TimeProvider.System, CancellationToken.None);
}
