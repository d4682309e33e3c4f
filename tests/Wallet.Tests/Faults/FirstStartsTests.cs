using Npgsql;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Faults;

/// <summary>Copies of the service that start at once on a database that none has seen.</summary>
public sealed class FirstStartsTests(TestRedis redis, TestPostgres postgres)
{
    [Fact]
    public async Task Several_first_starts_at_once_migrate_PostgreSQL_once_and_all_serve()
    {
        var database = await postgres.CreateDatabaseAsync();
        var settings = PostgresWallet.SettingsFor(database);

        var hosts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => WalletHost.StartAsync(redis, settings)));

        try
        {
            var payer = await hosts[0].NewUserAsync(balance: 100);
            var payee = await hosts[^1].NewUserAsync();
            foreach (var host in hosts)
                (await payer.At(host).SendAsync(payee, 10)).AssertStatus(201);
            Assert.Equal((60, 40), (await payer.BalanceAsync(), await payee.BalanceAsync()));

            await using var source = NpgsqlDataSource.Create(database);
            await using var twice = source.CreateCommand(
                """
                SELECT (SELECT count(*) - count(DISTINCT scriptname) FROM schema_versions)
                     + (SELECT count(*) - count(DISTINCT currency) FROM accounts WHERE user_id = '@world')
                """);
            Assert.Equal(0L, await twice.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }
        finally
        {
            foreach (var host in hosts)
                await host.DisposeAsync();
        }
    }
}
