using System.Diagnostics;
using System.Text.RegularExpressions;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Observability;

/// <summary>The alert rules, in the eyes of Prometheus' own tool and of a service that runs.</summary>
public sealed partial class AlertRulesTests(TestRedis redis, TestPostgres postgres)
{
    private const string Rules = "deploy/prometheus/alerts.yml";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("check", "rules", Rules)]
    [InlineData("test", "rules", "deploy/prometheus/alerts.test.yml")]
    public async Task Prometheus_accepts_the_rules_and_they_fire_when_they_should(params string[] arguments)
    {
        using var promtool = Process.Start(new ProcessStartInfo("promtool", arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = await Task.WhenAll(promtool.StandardOutput.ReadToEndAsync(Cancel), promtool.StandardError.ReadToEndAsync(Cancel));
        await promtool.WaitForExitAsync(Cancel);

        Assert.True(promtool.ExitCode == 0, string.Concat(output));
    }

    [Fact]
    public async Task Every_metric_and_label_of_a_rule_is_one_that_a_copy_of_the_service_shows()
    {
        await using var database = new PostgresWallet(redis, postgres);
        await database.InitializeAsync();
        await using var wallet = await WalletProcess.StartAsync(
            "Production", $"--ConnectionStrings:Wallet={database.Settings["ConnectionStrings:Wallet"]}", $"--ConnectionStrings:Redis={redis.ConnectionString}");
        var metrics = Metric().Matches(Repository.Read(Rules)).Select(m => m.Value).ToHashSet();
        Assert.NotEmpty(metrics);

        await Eventually.AssertAsync(async () => // the end of a turn is shown once there was one
        {
            var shown = await wallet.Http.GetStringAsync("/metrics", Cancel);
            Assert.All(metrics, metric => Assert.Matches($@"(?m)^{metric}[{{ ]", shown));
            foreach (Match selector in Selector().Matches(Repository.Read(Rules)))
                Assert.Matches($@"(?m)^{selector.Groups["metric"].Value}{{.*{Regex.Escape(selector.Groups["label"].Value)}", shown);
        });
    }

    [Fact]
    public void Every_alert_has_its_section_among_the_operations()
    {
        var rules = Repository.Read(Rules);
        var alerts = Alert().Matches(rules).Select(m => m.Groups["name"].Value).ToArray();

        Assert.NotEmpty(alerts);
        Assert.Equal(alerts, Section().Matches(Repository.Read("docs/operations.md")).Select(m => m.Groups["name"].Value));
        Assert.All(alerts, name => Assert.Contains($"runbook: docs/operations.md#{name.ToLowerInvariant()}\n", rules, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\bwallet_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex("""(?<metric>wallet_[a-z_]+)\{(?<label>[a-z_]+="[^"]+")\}""")]
    private static partial Regex Selector();

    [GeneratedRegex(@"- alert: (?<name>\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"^#+ (?<name>Wallet\w+)$", RegexOptions.Multiline)]
    private static partial Regex Section();
}
