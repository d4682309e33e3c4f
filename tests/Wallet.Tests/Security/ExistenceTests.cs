using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Wallet.Ledger;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Sqlite;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Security;

/// <summary>Whether something is someone else's or does not exist: neither the answer tells, nor the work that it takes.</summary>
public sealed class ExistenceTests(TestRedis redis) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _calls = [];
    private WalletHost _host = null!;
    private TestUser _owner = null!;
    private TestUser _stranger = null!;
    private string _transfer = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await WalletHost.StartAsync(redis, new Dictionary<string, string?>(), services => services
            .AddSingleton(provider => new SqliteLedgerStore(_folder.File("wallet.db"), provider.GetRequiredService<CurrencyTable>(), NullLoggerFactory.Instance))
            .AddSingleton<IAuditStore>(static provider => provider.GetRequiredService<SqliteLedgerStore>())
            .AddSingleton(provider => RecordingStore.Around(provider.GetRequiredService<SqliteLedgerStore>(), _calls)));
        _owner = await _host.NewUserAsync(balance: 100);
        _stranger = await _host.NewUserAsync();
        var paid = await _owner.SendAsync(await _host.NewUserAsync(), 10, key: "rent");
        _transfer = paid.Body.GetProperty("id").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("/v1/transfers/{transfer}", "/v1/transfers/00000000-0000-4000-8000-000000000000")]
    [InlineData("/v1/accounts/{account}", "/v1/accounts/999999999")]
    [InlineData("/v1/accounts/{account}/transactions", "/v1/accounts/999999999/transactions")]
    [InlineData("/v1/balance?account_id={account}", "/v1/balance?account_id=999999999")]
    [InlineData("/v1/transactions?account_id={account}&direction=in", "/v1/transactions?account_id=999999999&direction=in")]
    public async Task What_is_someone_elses_is_answered_and_looked_up_like_what_is_not_there(string existing, string missing)
    {
        var (existingAnswer, existingCalls) = await ObserveAsync(() => _stranger.GetAsync(
            existing.Replace("{transfer}", _transfer, StringComparison.Ordinal).Replace("{account}", $"{_owner.AccountId}", StringComparison.Ordinal)));
        var (missingAnswer, missingCalls) = await ObserveAsync(() => _stranger.GetAsync(missing));

        Assert.Equal(404, existingAnswer.Status);
        AssertAlike(missingAnswer, existingAnswer);
        Assert.NotEmpty(missingCalls);
        Assert.Equal(missingCalls, existingCalls);
    }

    [Fact]
    public async Task A_transfer_from_someone_elses_account_is_refused_like_one_from_an_account_that_is_not_there()
    {
        var (existing, existingCalls) = await ObserveAsync(() => PayFromAsync(_owner.AccountId));
        var (missing, missingCalls) = await ObserveAsync(() => PayFromAsync(999_999_999));

        Assert.Equal(404, existing.Status);
        AssertAlike(missing, existing);
        Assert.Equal(missingCalls, existingCalls);

        Task<ApiResponse> PayFromAsync(long accountId) =>
            _stranger.PostAsync("/v1/transfers", $$"""{"from_account_id": {{accountId}}, "to_user_id": "{{_owner.Id}}", "amount": 1}""");
    }

    /// <summary>Byte for byte, but for what names this very request.</summary>
    private static void AssertAlike(ApiResponse expected, ApiResponse actual)
    {
        Assert.Equal(Anonymous(expected), Anonymous(actual));
        Assert.Equal(HeadersOf(expected), HeadersOf(actual));

        static string Anonymous(ApiResponse response)
        {
            var body = JsonNode.Parse(response.Text)!.AsObject();
            body["trace_id"] = "";
            body["instance"] = "";
            return body.ToJsonString();
        }

        static IEnumerable<string> HeadersOf(ApiResponse response) =>
            response.Headers.Where(static header => header.Key != "Date").Select(static header => $"{header.Key}: {string.Join(", ", header.Value)}").Order();
    }

    private async Task<(ApiResponse Answer, List<string> Calls)> ObserveAsync(Func<Task<ApiResponse>> ask)
    {
        lock (_calls)
            _calls.Clear();
        var answer = await ask();
        lock (_calls)
            return (answer, [.. _calls.Order()]);
    }

    /// <summary>Passes every call on, and keeps its name.</summary>
    public class RecordingStore : DispatchProxy
    {
        private ILedgerStore _store = null!;
        private List<string> _calls = null!;

        internal static ILedgerStore Around(ILedgerStore store, List<string> calls)
        {
            var proxy = Create<ILedgerStore, RecordingStore>();
            var recording = (RecordingStore)(object)proxy;
            (recording._store, recording._calls) = (store, calls);
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name is not (nameof(ILedgerStore.WhenWritableAsync) or nameof(ILedgerStore.CheckAsync)))
            {
                lock (_calls)
                    _calls.Add(targetMethod.Name);
            }

            return targetMethod.Invoke(_store, args);
        }
    }
}
