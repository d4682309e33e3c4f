using System.Globalization;
using Npgsql;
using Wallet.Tests.Servers;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Faults;

/// <summary>The disk is full to its last byte, while clients move money.</summary>
public sealed class FullDiskTests(TestRedis redis)
{
    [Fact]
    public async Task While_the_disk_of_SQLite_is_full_transfers_are_503_and_nothing_is_lost_or_done_twice()
    {
        await using var disk = await SmallDisk.MountAsync(megabytes: 16);
        string file = $"--Wallet:SqliteFile={disk.File("wallet.db")}";
        var posted = 0;
        await using (var wallet = await WalletProcess.StartAsync(disk.Enter, "Development", file))
        {
            var load = KeyedLoad.Start(key => wallet.SendAsync(HttpMethod.Post, "/v1/transfers", "house", """{"to_user_id": "yunus", "amount": 1}""", key));
            await load.WhenPostedAsync(50);

            await disk.FillAsync();
            await load.WhenRefusedAsync(40);
            (await wallet.SendAsync(HttpMethod.Get, "/v1/balance", "house")).AssertStatus(200);
            await disk.FreeAsync();
            await load.WhenPostedAsync(50);
            posted = await load.FinishAsync();

            Assert.Equal(["database_unavailable"], load.Codes);
            await AssertBalancesAsync(wallet);
            await wallet.TerminateAsync();
        }

        await using var again = await WalletProcess.StartAsync(disk.Enter, "Development", file);
        await AssertBalancesAsync(again);

        async Task AssertBalancesAsync(WalletProcess wallet)
        {
            foreach (var (user, balance) in new[] { ("house", 1_000_000 - posted), ("yunus", posted) })
                Assert.Equal(balance, (await wallet.SendAsync(HttpMethod.Get, "/v1/balance", user)).Body.GetProperty("balance").GetInt64());
        }
    }

    [Fact]
    public async Task While_the_disk_of_PostgreSQL_is_full_and_after_it_gave_up_transfers_are_503_and_nothing_is_lost_or_done_twice()
    {
        await using var disk = await SmallDisk.MountAsync(megabytes: 96);
        await using var postgres = new PostgresServer { Disk = disk };
        await postgres.InitializeAsync();
        var database = await postgres.CreateDatabaseAsync();
        await using var host = await WalletHost.StartAsync(redis, PostgresWallet.SettingsFor(database));
        var payer = await host.NewUserAsync(balance: 500_000);
        var payee = await host.NewUserAsync();
        var load = KeyedLoad.Start(key => payer.SendAsync(payee, 1, key));
        await load.WhenPostedAsync(50);

        await disk.FillAsync();
        await load.WhenRefusedAsync(40);
        await UseUpLogAsync(database);
        await load.WhenRefusedAsync(40);
        await disk.FreeAsync();
        await postgres.RestartAsync();
        await load.WhenPostedAsync(50);
        var posted = await load.FinishAsync();

        Assert.Empty(load.Codes.Except(["database_unavailable", "in_doubt"]));
        Assert.Equal((500_000 - posted, posted), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        await LedgerAudit.CheckAsync(host.Store, [payer.AccountId, payee.AccountId]);
    }

    /// <summary>Writes to PostgreSQL's log until there is no room for it: then the whole server panics (https://www.postgresql.org/docs/current/wal-configuration.html).</summary>
    private static async Task UseUpLogAsync(string database)
    {
        const int SegmentsMax = 200;
        try
        {
            await using var source = NpgsqlDataSource.Create(database);
            for (var segment = 0; segment < SegmentsMax; segment++)
            {
                await using var fill = source.CreateCommand("SELECT pg_logical_emit_message(false, 'fill', repeat('x', 100000)), pg_switch_wal()");
                await fill.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            }

            Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"There was room for {SegmentsMax} segments of the log on a full disk."));
        }
        catch (NpgsqlException)
        {
            // The server has ended the connection, or takes none any more.
        }
    }
}
