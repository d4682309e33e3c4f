using System.Globalization;
using Spectre.Console;
using Wallet.Bench.Hosts;
using Wallet.Bench.Measuring;

namespace Wallet.Bench.Reports;

/// <summary>The results as a table.</summary>
internal static class TableReport
{
    private const int WidthWhenPiped = 220;

    public static void Write(IAnsiConsole console, IReadOnlyDictionary<string, string> conditions, IReadOnlyList<CaseResult> cases)
    {
        if (Console.IsOutputRedirected)
            console.Profile.Width = WidthWhenPiped;
        var header = new Grid().AddColumns(2);
        foreach (var (name, value) in conditions)
            header.AddRow(Markup.Escape(name), Markup.Escape(value));
        console.Write(header);
        console.WriteLine();
        console.Write(TableOf(cases));
        foreach (var (host, round) in cases.SelectMany(static c => c.Hosts).SelectMany(static h => h.Rounds.Select(round => (h, round))).Where(static r => r.round.FirstFailure is not null))
            console.WriteLine($"{host.Host} failed: {string.Join(", ", round.Failures.Select(static f => $"{f.Value} × {f.Key}"))}. The first: {round.FirstFailure}");
    }

    private static Table TableOf(IReadOnlyList<CaseResult> cases)
    {
        var table = new Table().Border(TableBorder.Horizontal);
        table.AddColumns("scenario", "conn.", "host");
        foreach (var column in (string[])[
            "requests/s", "min–max", "× echo", "× base", "p50 ms", "p99 ms", "p99.9 ms", "CPU µs", "DB µs", "load µs", "alloc B", "batch", "WAL B", "stored B", "written B", "peak MB", "failed"])
        {
            table.AddColumn(column, static c => c.RightAligned().NoWrap());
        }

        foreach (var result in cases)
        {
            var isFirst = true;
            foreach (var host in result.Hosts)
            {
                table.AddRow([isFirst ? result.Scenario.Name : "", isFirst ? Whole(result.Connections) : "", host.Host, .. FiguresOf(result, host)]);
                isFirst = false;
            }

            table.AddEmptyRow();
        }

        return table;
    }

    private static IEnumerable<string> FiguresOf(CaseResult result, HostResult host)
    {
        yield return Whole(host.MedianOf(static r => r.RequestsPerSecond));
        yield return $"{Whole(host.Rounds.Min(static r => r.RequestsPerSecond))}–{Whole(host.Rounds.Max(static r => r.RequestsPerSecond))}";
        yield return Ratio(host, result.Find(BenchHost.Echo));
        yield return Ratio(host, result.Find(BenchHost.Baseline));
        yield return Milliseconds(host.MedianOf(static r => r.P50));
        yield return Milliseconds(host.MedianOf(static r => r.P99));
        yield return Milliseconds(host.MedianOf(static r => r.P999));
        yield return Whole(host.MedianOf(static r => r.ServiceCpu));
        yield return Whole(host.MedianOf(static r => r.DatabaseCpu));
        yield return Whole(host.MedianOf(static r => r.LoadCpu));
        yield return Whole(host.MedianOf(static r => r.Allocated));
        yield return host.MedianOf(static r => r.BatchSize)?.ToString("N1", CultureInfo.InvariantCulture) ?? "";
        yield return Whole(host.MedianOf(static r => r.LogBytes));
        yield return Whole(host.MedianOf(static r => r.StoredBytes));
        yield return Whole(host.MedianOf(static r => r.WrittenBytes));
        yield return Whole(host.Rounds.Max(static r => r.PeakMemory) / 1_048_576.0);
        yield return host.Failures == 0 ? "" : $"[red]{Whole(host.Failures)}[/]";
    }

    private static string Ratio(HostResult host, HostResult? other) =>
        other is null || other == host ? "" : host.RatioTo(other).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Milliseconds(double value) => value.ToString(value < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    private static string Whole(double? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "";
}
