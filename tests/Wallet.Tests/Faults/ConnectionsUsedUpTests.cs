using Npgsql;
using Wallet.Tests.Servers;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Faults;

/// <summary>Others hold every connection that PostgreSQL has (53300).</summary>
public sealed class ConnectionsUsedUpTests(TestRedis redis) : IAsyncLifetime
{
    private const int ConnectionsMax = 16;

    private readonly PostgresServer _postgres = new() { Settings = [$"max_connections={ConnectionsMax}"] };

    public ValueTask InitializeAsync() => _postgres.InitializeAsync();

    public ValueTask DisposeAsync() => _postgres.DisposeAsync();

    [Fact]
    public async Task While_others_hold_all_connections_calls_get_503_and_each_transfer_is_posted_once_when_they_let_go()
    {
        var database = await _postgres.CreateDatabaseAsync();
        await using var host = await WalletHost.StartAsync(redis, PostgresWallet.SettingsFor(database));
        var payer = await host.NewUserAsync(balance: 100_000);
        var payee = await host.NewUserAsync();
        var load = KeyedLoad.Start(key => payer.SendAsync(payee, 1, key));
        await load.WhenPostedAsync(50);

        var others = await TakeAllAsync(database);
        await load.WhenRefusedAsync(20);
        (await payer.SendAsync(payee, 1)).AssertProblem(503, "database_unavailable");
        (await payer.GetAsync("/v1/balance")).AssertProblem(503, "database_unavailable");
        (await payer.PostAsync("/v1/accounts", """{"currency": "EUR"}""")).AssertProblem(503, "database_unavailable");
        Assert.Equal(503, (await host.SendAsync(HttpMethod.Get, "/health/ready", token: null)).Status);

        foreach (var other in others)
            await other.DisposeAsync();
        await load.WhenPostedAsync(50);
        var posted = await load.FinishAsync();

        Assert.Empty(load.Codes.Except(["database_unavailable", "in_doubt"])); // in doubt: a COMMIT whose connection was taken
        Assert.Equal((100_000 - posted, posted), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Get, "/health/ready", token: null)).Status);
        await LedgerAudit.CheckAsync(host.Store, [payer.AccountId, payee.AccountId]);
    }

    /// <summary>Opens what can be opened, ends the service's own connections, and takes their places.</summary>
    private static async Task<List<NpgsqlConnection>> TakeAllAsync(string database)
    {
        var connections = new List<NpgsqlConnection>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (connections.Count < ConnectionsMax)
        {
            var connection = new NpgsqlConnection(database + ";Pooling=false;Application Name=other");
            try
            {
                await connection.OpenAsync(patience.Token);
                connections.Add(connection);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                await connection.DisposeAsync();
                await using var end = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'wallet'", connections[0]);
                await end.ExecuteNonQueryAsync(patience.Token);
            }
        }

        return connections;
    }
}
