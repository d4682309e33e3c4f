using Wallet.Service.Storage.Sqlite;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Faults;

/// <summary>A supervisor that asks the service to stop, and asks again because it takes a while.</summary>
public sealed class SecondSignalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_second_SIGTERM_cuts_nobody_off_who_waits_for_an_answer()
    {
        await using var wallet = await WalletProcess.StartAsync("Development", $"--Wallet:SqliteFile={_folder.File("wallet.db")}");
        (await SendAsync("first")).AssertStatus(201);
        ApiResponse[] answers;
        using (var other = SqliteDatabase.Open(_folder.File("wallet.db"), isReadOnly: false))
        {
            other.Execute("BEGIN IMMEDIATE");
            var sent = Enumerable.Range(0, 8).Select(i => SendAsync($"{i}")).ToArray();
            await Eventually.AssertAsync(async () => Assert.Matches(
                @"\nhttp_server_active_requests\{[^}]*""POST""[^}]*\} 8\b", (await wallet.SendAsync(HttpMethod.Get, "/metrics", "nobody")).Text));
            await wallet.AskToStopAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
            await wallet.AskToStopAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
            Assert.DoesNotContain(sent, static answer => answer.IsCompleted);
            other.Execute("ROLLBACK");
            answers = await Task.WhenAll(sent);
        }

        Assert.All(answers, static answer => answer.AssertStatus(201));
        await wallet.WhenEndedAsync();
        Assert.Equal(0, wallet.ExitCode);
        await using var again = await WalletProcess.StartAsync("Development", $"--Wallet:SqliteFile={_folder.File("wallet.db")}");
        Assert.Equal(9, (await again.SendAsync(HttpMethod.Get, "/v1/balance", "yunus")).Body.GetProperty("balance").GetInt64());

        Task<ApiResponse> SendAsync(string key) => wallet.SendAsync(HttpMethod.Post, "/v1/transfers", "house", """{"to_user_id": "yunus", "amount": 1}""", key);
    }
}
