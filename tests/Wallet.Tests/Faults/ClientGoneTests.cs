using Wallet.Tests.Servers;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Faults;

/// <summary>The client goes away while her transfer is carried out.</summary>
public sealed class ClientGoneTests(TestRedis redis, TestPostgres postgres)
{
    [Fact]
    public async Task A_transfer_whose_client_has_gone_is_decided_once_and_its_key_finds_it()
    {
        var database = await postgres.CreateDatabaseAsync();
        await using var host = await WalletHost.StartAsync(redis, PostgresWallet.SettingsFor(database));
        var payer = await host.NewUserAsync(balance: 100);
        var payee = await host.NewUserAsync();

        await using (var row = await RowLock.TakeAsync(database, payer))
        {
            await using var connection = await RawConnection.OpenAsync(host.Http.BaseAddress!);
            var body = $$"""{"to_user_id": "{{payee.Id}}", "amount": 10}""";
            await connection.SendAsync(
                $"POST /v1/transfers HTTP/1.1\r\nHost: wallet\r\nAuthorization: Bearer {payer.Token}\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
            await row.WhenSomebodyWaitsAsync();
        }

        await Eventually.AssertAsync(async () => Assert.Equal(90, await payer.BalanceAsync()));
        var retried = await payer.SendAsync(payee, 10, key: "k");
        retried.AssertStatus(201);
        Assert.Equal("true", retried.Header("Idempotent-Replayed"));
        Assert.Equal((90, 10), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        await LedgerAudit.CheckAsync(host.Store, [payer.AccountId, payee.AccountId]);
    }
}
