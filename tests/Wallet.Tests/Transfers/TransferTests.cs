using Wallet.Tests.Servers;

namespace Wallet.Tests.Transfers;

public abstract class TransferTests(WalletFixture wallet)
{
    [Fact]
    public async Task Money_that_is_sent_leaves_the_payer_and_reaches_the_payee()
    {
        var payer = await wallet.Host.NewUserAsync(balance: 1_000);
        var payee = await wallet.Host.NewUserAsync();

        var response = await payer.SendAsync(payee, 100, more: new { message = "lunch" });

        Assert.Equal(201, response.Status);
        Assert.Equal(900, await payer.BalanceAsync());
        Assert.Equal(100, await payee.BalanceAsync());
    }
}

public sealed class TransferOnSqliteTests(SqliteWallet wallet) : TransferTests(wallet), IClassFixture<SqliteWallet>;

public sealed class TransferOnPostgresTests(PostgresWallet wallet) : TransferTests(wallet), IClassFixture<PostgresWallet>;
