using System.Text.Json;
using Wallet.Service.Audit;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Audit;

public sealed class VerifyCommandTests(TestRedis redis, TestPostgres postgres)
{
    [Fact]
    public async Task An_intact_ledger_ends_with_0_and_a_broken_one_with_3_and_its_first_broken_row_on_SQLite()
    {
        await using var wallet = new SqliteWallet(redis);
        await AssertVerifiedAsync(wallet, "Wallet:SqliteFile", "DROP TRIGGER entries_no_update");
    }

    [Fact]
    public async Task An_intact_ledger_ends_with_0_and_a_broken_one_with_3_and_its_first_broken_row_on_PostgreSQL()
    {
        await using var wallet = new PostgresWallet(redis, postgres);
        await AssertVerifiedAsync(wallet, "ConnectionStrings:Wallet", "ALTER TABLE entries DISABLE TRIGGER USER");
    }

    [Theory]
    [InlineData("--Wallet:SqliteFile=/nonexistent/wallet.db")]
    [InlineData("--ConnectionStrings:Wallet=Host=127.0.0.1;Port=1;Username=nobody;Database=none")]
    [InlineData("--ConnectionStrings:Wallet=Host=x;Nonsense=1")]
    public async Task What_could_not_be_verified_is_no_verdict(string setting)
    {
        await using var verify = await WalletProcess.RunToEndAsync("Production", "verify", setting);

        Assert.Equal(VerifyCommand.NotVerified, verify.ExitCode);
        Assert.Contains("could not be verified", verify.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("intact", verify.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists("/nonexistent"));
    }

    private static async Task AssertVerifiedAsync(WalletFixture wallet, string setting, string disarm)
    {
        await wallet.InitializeAsync();
        var payer = await wallet.Host.NewUserAsync(balance: 100);
        await payer.SendAsync(await wallet.Host.NewUserAsync(), 10);
        var database = $"--{setting}={wallet.Settings[setting]}";

        await using (var intact = await WalletProcess.RunToEndAsync("Production", "verify", database))
        {
            Assert.True(intact.ExitCode == VerifyCommand.Intact, intact.Output);
            Assert.Contains("The ledger is intact: 6 accounts, 4 entries, 2 transfers", intact.Output, StringComparison.Ordinal);
            Assert.Matches($@"verified in [0-9.]+ s in (/.*\.db|database \w+ on [^;]+)\s*$", intact.Output);
            Assert.Contains("SGD: 3 accounts, their balances sum to 0", intact.Output, StringComparison.Ordinal);
        }

        await wallet.ExecuteSqlAsync(disarm);
        await wallet.ExecuteSqlAsync($"UPDATE entries SET message = 'forged' WHERE account_id = {payer.AccountId} AND seq = 2");

        await using var broken = await WalletProcess.RunToEndAsync("Production", "verify", database);
        Assert.Equal(VerifyCommand.Broken, broken.ExitCode);
        Assert.Matches($@"^\s*broken: account {payer.AccountId}, entry 2, transfer [0-9a-f-]{{36}}: broken_hash: ", broken.Output);
        Assert.Contains("THE LEDGER IS BROKEN", broken.Output, StringComparison.Ordinal);

        await using var json = await WalletProcess.RunToEndAsync("Production", "verify", "--json", database);
        Assert.Equal(VerifyCommand.Broken, json.ExitCode);
        var report = JsonSerializer.Deserialize<JsonElement>(json.Output);
        Assert.False(report.GetProperty("intact").GetBoolean());
        Assert.Equal(report.GetProperty("findings").GetArrayLength(), report.GetProperty("findings").EnumerateArray().Select(f => f.ToString()).Distinct().Count());
        var finding = report.GetProperty("findings")[0];
        Assert.Equal(("broken_hash", payer.AccountId, 2), (finding.GetProperty("kind").GetString(), finding.GetProperty("account_id").GetInt64(), finding.GetProperty("seq").GetInt64()));
        Assert.Equal(0, report.GetProperty("currencies").EnumerateArray().Sum(c => c.GetProperty("balance").GetInt64()));
    }
}
