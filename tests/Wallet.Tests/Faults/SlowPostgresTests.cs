using Npgsql;
using Wallet.Tests.Servers;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Faults;

/// <summary>PostgreSQL answers, but late: another session holds a lock, or the way there is slow.</summary>
public sealed class SlowPostgresTests(TestRedis redis, TestPostgres postgres) : IAsyncLifetime
{
    private string _database = null!;

    public async ValueTask InitializeAsync() => _database = await postgres.CreateDatabaseAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_transfer_waits_for_a_row_that_another_session_locks_shortly()
    {
        await using var host = await WalletHost.StartAsync(redis, PostgresWallet.SettingsFor(_database));
        var payer = await host.NewUserAsync(balance: 100);
        var payee = await host.NewUserAsync();

        Task<ApiResponse> sent;
        await using (var row = await RowLock.TakeAsync(_database, payer))
        {
            sent = payer.SendAsync(payee, 10);
            await row.WhenSomebodyWaitsAsync();
        }

        (await sent).AssertStatus(201);
        Assert.Equal((90, 10), (await payer.BalanceAsync(), await payee.BalanceAsync()));
    }

    [Fact]
    public async Task While_another_session_keeps_a_row_locked_its_transfers_are_503_and_others_go_on()
    {
        var settings = PostgresWallet.SettingsFor(_database);
        settings["Wallet:Commit:RetryWindow"] = "00:00:05";
        await using var host = await WalletHost.StartAsync(redis, settings);
        var payer = await host.NewUserAsync(balance: 100);
        var payee = await host.NewUserAsync();
        var bystander = await host.NewUserAsync(balance: 100);

        await using (await RowLock.TakeAsync(_database, payer))
        {
            var blocked = payer.SendAsync(payee, 10, key: "k");
            var unblocked = bystander.SendAsync(payee, 1);
            (await unblocked).AssertStatus(201);
            (await blocked).AssertProblem(503, "database_unavailable");
            Assert.Equal(100, await payer.BalanceAsync());
        }

        (await payer.SendAsync(payee, 10, key: "k")).AssertStatus(201);
        Assert.Equal((90, 11), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        await LedgerAudit.CheckAsync(host.Store, [payer.AccountId, payee.AccountId]);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(1_500)] // longer than a command may take
    public async Task While_PostgreSQL_answers_slowly_transfers_are_503_within_the_limits_and_each_is_posted_once(int delayMilliseconds)
    {
        var connection = new NpgsqlConnectionStringBuilder(_database);
        await using var proxy = new TcpProxy(connection.Port);
        (connection.Host, connection.Port, connection.CommandTimeout) = ("127.0.0.1", proxy.Port, 1);
        var settings = PostgresWallet.SettingsFor(connection.ConnectionString);
        settings["Wallet:Commit:QueueCapacity"] = "4";
        settings["Wallet:Commit:AnswerTimeout"] = "00:00:01";
        settings["Wallet:Commit:RetryWindow"] = "00:00:01";
        await using var host = await WalletHost.StartAsync(redis, settings);
        var payer = await host.NewUserAsync(balance: 100_000);
        var payee = await host.NewUserAsync();
        var load = KeyedLoad.Start(key => payer.SendAsync(payee, 1, key), clients: 16);
        await load.WhenPostedAsync(20);

        proxy.AnswerDelay = TimeSpan.FromMilliseconds(delayMilliseconds);
        await load.WhenRefusedAsync(40);
        proxy.AnswerDelay = TimeSpan.Zero;
        await load.WhenPostedAsync(20);
        var posted = await load.FinishAsync();

        Assert.Empty(load.Codes.Except(["in_doubt", "queue_full", "database_unavailable"]));
        Assert.Equal((100_000 - posted, posted), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        await LedgerAudit.CheckAsync(host.Store, [payer.AccountId, payee.AccountId]);
    }
}
