using System.Text.Json;
using Wallet.Chaos;
using Wallet.Chaos.Beds;

namespace Wallet.Tests.Chaos;

/// <summary>The short form of the runs in docs/reliability.md, each beside the other tests.</summary>
public abstract class ChaosRunTests
{
    internal static async Task BreakAsync(string store, int kills, string? only = null)
    {
        var options = new ChaosOptions { Store = store, Kills = kills, Only = only, Clients = 8, Readers = 2, Seed = 1, CalmMax = TimeSpan.FromSeconds(0.4) };

        var report = await ChaosRun.RunAsync(options, static (_, _) => { }, TestContext.Current.CancellationToken);

        Assert.Empty(report.Contradictions);
        Assert.Empty(report.LoggedErrors);
        Assert.Equal(kills, report.Kills.Count);
        Assert.True(report.Acknowledged > 0 && report.Refused > 0 && report.Reads > 0, $"Nothing was done: {report}");
    }
}

public sealed class SqliteChaosTests : ChaosRunTests
{
    [Fact]
    public async Task On_sqlite_nobody_is_told_what_is_not_true()
    {
        using var folder = new TemporaryFolder();
        await ServerProcess.RunAsync(
            ServerProcess.Find("dotnet"), Path.Combine(AppContext.BaseDirectory, "Wallet.Chaos.dll"),
            "--store", "sqlite", "--kills", "2", "--clients", "8", "--readers", "2", "--seed", "1", "--json", folder.File("report.json"));

        var report = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(folder.File("report.json"), TestContext.Current.CancellationToken));
        Assert.Equal(2, report.GetProperty("kills").GetArrayLength());
        Assert.True(report.GetProperty("acknowledged").GetInt64() > 0);
        Assert.True(report.GetProperty("refused").GetInt64() > 0);
        Assert.True(report.GetProperty("reads").GetInt64() > 0);
        Assert.Equal(0, report.GetProperty("contradictions").GetArrayLength());
    }

    [Fact]
    public async Task A_number_out_of_its_range_is_refused()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(static () => ServerProcess.RunAsync(
            ServerProcess.Find("dotnet"), Path.Combine(AppContext.BaseDirectory, "Wallet.Chaos.dll"), "--kills", "0"));
        Assert.Contains("--kills", failure.Message);
    }
}

public sealed class PostgresChaosTests : ChaosRunTests
{
    [Fact]
    public Task While_postgresql_is_killed_nobody_is_told_what_is_not_true() => BreakAsync(ChaosBed.Postgres, kills: 2, only: "PostgreSQL");
}

public sealed class TwoCopiesChaosTests : ChaosRunTests
{
    [Fact]
    public Task From_two_copies_nobody_is_told_what_is_not_true() => BreakAsync(ChaosBed.TwoCopies, kills: 3, only: "killed");
}

public sealed class FailoverChaosTests : ChaosRunTests
{
    [Fact]
    public Task Over_a_failover_nobody_is_told_what_is_not_true() => BreakAsync(ChaosBed.Failover, kills: 1, only: "primary killed");
}
