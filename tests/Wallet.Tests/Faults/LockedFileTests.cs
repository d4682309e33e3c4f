using Wallet.Service.Storage.Sqlite;
using Wallet.Tests.Servers;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Faults;

/// <summary>Another process writes to the SQLite file and does not come to its end.</summary>
public sealed class LockedFileTests(SqliteWallet wallet) : IClassFixture<SqliteWallet>, IAsyncLifetime
{
    /// <summary>When a wait is one without an end.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private SqliteDatabase _other = null!;
    private WalletHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        var settings = wallet.NewFile();
        settings["Wallet:Commit:RetryWindow"] = "00:00:01";
        _host = await WalletHost.StartAsync(wallet.Redis, settings);
        _other = SqliteDatabase.Open(settings["Wallet:SqliteFile"]!, isReadOnly: false);
    }

    public async ValueTask DisposeAsync()
    {
        _other.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task A_transfer_waits_for_another_process_that_has_the_file_shortly()
    {
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();

        _other.Execute("BEGIN IMMEDIATE");
        var sent = payer.SendAsync(payee, 10);
        await Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
        Assert.False(sent.IsCompleted);
        _other.Execute("ROLLBACK");

        (await sent).AssertStatus(201);
        Assert.Equal((90, 10), (await payer.BalanceAsync(), await payee.BalanceAsync()));
    }

    [Fact]
    public async Task While_another_process_keeps_the_file_writes_are_503_within_a_bound_and_reads_go_on()
    {
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();

        _other.Execute("BEGIN IMMEDIATE");
        var openings = Enumerable.Range(0, 12).Select(i => payer.PostAsync("/v1/accounts", $$"""{"currency": "EUR", "name": "{{i}}"}""")).ToArray();
        var refused = payer.SendAsync(payee, 10, key: "k");
        Assert.Equal(100, await payer.BalanceAsync());
        foreach (var answer in await Task.WhenAll([.. openings, refused]).WaitAsync(Patience, TestContext.Current.CancellationToken))
            answer.AssertProblem(503, "database_unavailable");
        _other.Execute("ROLLBACK");

        Assert.Equal((100, 0), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        Assert.Equal(1, (await payer.GetAsync("/v1/accounts")).Body.GetProperty("data").GetArrayLength());
        (await payer.SendAsync(payee, 10, key: "k")).AssertStatus(201);
        Assert.Equal((90, 10), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        await LedgerAudit.CheckAsync(_host.Store, [payer.AccountId, payee.AccountId]);
    }
}
