using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Wallet.Bench.Hosts;
using Wallet.Bench.Measuring;

namespace Wallet.Bench.Reports;

/// <summary>Everything that was measured, for other programs: each round, and the latencies of each host by percentile.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // where nothing was answered
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public static async Task WriteAsync(string file, IReadOnlyDictionary<string, string> conditions, IReadOnlyList<CaseResult> cases)
    {
        await using var stream = File.Create(file);
        await JsonSerializer.SerializeAsync(stream, new
        {
            Conditions = conditions,
            Cases = cases.Select(static result => new
            {
                Scenario = result.Scenario.Name,
                result.Connections,
                Hosts = result.Hosts.Select(host => new
                {
                    host.Host,
                    RequestsPerSecond = host.MedianOf(static round => round.RequestsPerSecond),
                    RatioToEcho = RatioTo(result.Find(BenchHost.Echo), host),
                    RatioToBaseline = RatioTo(result.Find(BenchHost.Baseline), host),
                    host.Rounds,
                    Latencies = LatencyCurve.Of(host.AllLatencies()),
                }),
            }),
        }, Options);
    }

    private static double? RatioTo(HostResult? other, HostResult host) => other is null ? null : host.RatioTo(other);
}
