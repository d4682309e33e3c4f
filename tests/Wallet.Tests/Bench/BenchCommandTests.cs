using System.Text.Json;

namespace Wallet.Tests.Bench;

public sealed class BenchCommandTests
{
    [Fact]
    public async Task A_quick_run_measures_and_reports()
    {
        using var folder = new TemporaryFolder();
        var (json, html) = (folder.File("report.json"), folder.File("report.html"));

        await ServerProcess.RunAsync(
            ServerProcess.Find("dotnet"), Path.Combine(AppContext.BaseDirectory, "Wallet.Bench.dll"),
            "--quick", "--database", "sqlite", "--scenarios", "uniform,mix", "--hosts", "echo,wallet", "--json", json, "--html", html);

        var report = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
        var hosts = report.GetProperty("cases").EnumerateArray().SelectMany(static c => c.GetProperty("hosts").EnumerateArray()).ToList();
        Assert.Equal(["echo", "wallet", "echo", "wallet"], hosts.Select(static h => h.GetProperty("host").GetString()));
        Assert.All(hosts, static h => Assert.True(h.GetProperty("requests_per_second").GetDouble() > 0));
        Assert.All(hosts, static h => Assert.NotEmpty(h.GetProperty("latencies").EnumerateArray()));
        var page = await File.ReadAllTextAsync(html, TestContext.Current.CancellationToken);
        Assert.Contains("<svg", page);
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("src=", page);
    }

    [Fact]
    public async Task An_unknown_scenario_is_refused()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(static () => ServerProcess.RunAsync(
            ServerProcess.Find("dotnet"), Path.Combine(AppContext.BaseDirectory, "Wallet.Bench.dll"), "--scenarios", "unheard-of"));
        Assert.Contains("unheard-of", failure.Message);
    }
}
