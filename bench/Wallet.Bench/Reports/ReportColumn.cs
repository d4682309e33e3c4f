using System.Globalization;
using Wallet.Bench.Hosts;
using Wallet.Bench.Measuring;

namespace Wallet.Bench.Reports;

/// <summary>One figure of a host.</summary>
/// <param name="Header">Its short name.</param>
/// <param name="Meaning">What it is, with its unit.</param>
/// <param name="Value">The figure as text; empty where it does not apply.</param>
internal sealed record ReportColumn(string Header, string Meaning, Func<CaseResult, HostResult, string> Value)
{
    private const double BytesPerMegabyte = 1_048_576;

    private static readonly ReportColumn[] All =
    [
        Median("requests/s", "requests per second, median of the rounds", static r => r.RequestsPerSecond),
        new("min–max", "the slowest and the fastest round", static (_, host) => $"{Whole(host.Rounds.Min(static r => r.RequestsPerSecond))}–{Whole(host.Rounds.Max(static r => r.RequestsPerSecond))}"),
        new("× echo", "requests per second over those of echo in the same round, median", static (result, host) => Ratio(host, result.Find(BenchHost.Echo))),
        new("× base", "requests per second over those of baseline in the same round, median", static (result, host) => Ratio(host, result.Find(BenchHost.Baseline))),
        new("p50 ms", "half of the answers took no longer", static (_, host) => Milliseconds(host.MedianOf(static r => r.P50))),
        new("p99 ms", "99 % of the answers took no longer", static (_, host) => Milliseconds(host.MedianOf(static r => r.P99))),
        new("p99.9 ms", "99.9 % of the answers took no longer", static (_, host) => Milliseconds(host.MedianOf(static r => r.P999))),
        Median("CPU µs", "CPU time of the host per request", static r => r.ServiceCpu),
        Median("DB µs", "CPU time of the database server per request", static r => r.DatabaseCpu),
        Median("load µs", "CPU time of the load generator per request", static r => r.LoadCpu),
        Median("alloc B", "managed memory that the host allocated per request", static r => r.Allocated),
        new("batch", "transfers in one database transaction", static (_, host) => host.MedianOf(static r => r.BatchSize)?.ToString("N1", CultureInfo.InvariantCulture) ?? ""),
        Median("WAL B", "write-ahead log per transfer; right after a checkpoint whole pages are in it", static r => r.LogBytes),
        Median("stored B", "growth of the database per transfer; it grows in steps", static r => r.StoredBytes),
        Median("written B", "what the host wrote to storage per transfer", static r => r.WrittenBytes),
        new("peak MB", "the most memory that the host had resident", static (_, host) => Whole(host.Rounds.Max(static r => r.PeakMemory) / BytesPerMegabyte)),
        new("failed", "requests that were not answered as they should be", static (_, host) => host.Failures == 0 ? "" : Whole(host.Failures)),
    ];

    /// <summary>Those that apply to any of the hosts.</summary>
    public static IReadOnlyList<ReportColumn> For(IReadOnlyList<CaseResult> cases) =>
        [.. All.Where(column => cases.Any(result => result.Hosts.Any(host => column.Value(result, host).Length > 0)))];

    public static string Milliseconds(double value) => value.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    public static string Whole(double? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    private static ReportColumn Median(string header, string meaning, Func<RoundResult, double?> figure) =>
        new(header, meaning, (_, host) => Whole(host.MedianOf(figure)));

    private static string Ratio(HostResult host, HostResult? other) =>
        other is null || other == host ? "" : host.RatioTo(other).ToString("0.00", CultureInfo.InvariantCulture);
}
