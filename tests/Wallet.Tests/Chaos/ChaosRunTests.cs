using System.Text.Json;
using Wallet.Chaos;
using Wallet.Chaos.Beds;

namespace Wallet.Tests.Chaos;

/// <summary>A short form of the long runs: see docs/reliability.md.</summary>
public sealed class ChaosRunTests
{
    [Fact]
    public async Task On_sqlite_nobody_is_told_what_is_not_true()
    {
        using var folder = new TemporaryFolder();
        await ServerProcess.RunAsync(
            ServerProcess.Find("dotnet"), Path.Combine(AppContext.BaseDirectory, "Wallet.Chaos.dll"),
            "--store", "sqlite", "--kills", "3", "--clients", "8", "--readers", "2", "--seed", "1", "--json", folder.File("report.json"));

        var report = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(folder.File("report.json"), TestContext.Current.CancellationToken));
        Assert.Equal(3, report.GetProperty("kills").GetArrayLength());
        Assert.True(report.GetProperty("acknowledged").GetInt64() > 0);
        Assert.True(report.GetProperty("refused").GetInt64() > 0);
        Assert.True(report.GetProperty("reads").GetInt64() > 0);
        Assert.Equal(0, report.GetProperty("contradictions").GetArrayLength());
    }

    [Theory]
    [InlineData(ChaosBed.Postgres, 3)]
    [InlineData(ChaosBed.TwoCopies, 3)]
    public async Task On_postgresql_nobody_is_told_what_is_not_true(string store, int kills)
    {
        var options = new ChaosOptions { Store = store, Kills = kills, Clients = 8, Readers = 2, Seed = 1, CalmMax = TimeSpan.FromSeconds(0.5) };

        var report = await ChaosRun.RunAsync(options, static (_, _) => { }, TestContext.Current.CancellationToken);

        Assert.Empty(report.Contradictions);
        Assert.Empty(report.LoggedErrors);
        Assert.Equal(kills, report.Kills.Count);
        Assert.True(report.Acknowledged > 0 && report.Refused > 0 && report.Reads > 0, $"Nothing was done: {report}");
    }

    [Fact]
    public async Task A_number_out_of_its_range_is_refused()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(static () => ServerProcess.RunAsync(
            ServerProcess.Find("dotnet"), Path.Combine(AppContext.BaseDirectory, "Wallet.Chaos.dll"), "--kills", "0"));
        Assert.Contains("--kills", failure.Message);
    }
}
