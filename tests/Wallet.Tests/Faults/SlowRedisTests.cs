using System.Globalization;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Faults;

/// <summary>Redis is there and does not answer.</summary>
public sealed class SlowRedisTests(SqliteWallet wallet) : IClassFixture<SqliteWallet>
{
    [Fact]
    public async Task A_session_that_cannot_be_looked_up_in_time_is_503_and_the_next_call_after_it_succeeds()
    {
        await using var proxy = new TcpProxy(int.Parse(wallet.Redis.ConnectionString.Split(':')[1], CultureInfo.InvariantCulture));
        var settings = wallet.NewFile();
        settings["ConnectionStrings:Redis"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{proxy.Port},asyncTimeout=300");
        await using var host = await WalletHost.StartAsync(wallet.Redis, settings);
        var known = await host.NewUserAsync();
        var newcomer = await host.SignInAsync($"user-{Guid.NewGuid():N}");

        proxy.Decide = static piece => piece.Span.IndexOf("GET"u8) >= 0 ? Passage.Hold : Passage.Pass;
        (await newcomer.GetAsync("/v1/accounts")).AssertProblem(503, "sessions_unavailable");
        Assert.Equal(200, (await known.GetAsync("/v1/accounts")).Status); // remembered

        proxy.Decide = static _ => Passage.Pass;
        await Eventually.AssertAsync(async () => Assert.Equal(200, (await newcomer.GetAsync("/v1/accounts")).Status));
    }
}
