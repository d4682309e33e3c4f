using Spectre.Console;
using Wallet.Bench.Measuring;

namespace Wallet.Bench.Reports;

/// <summary>The results as a table on the console, or in what the console is piped to.</summary>
internal static class TableReport
{
    private const int WidthWhenPiped = 220;

    public static void Write(IAnsiConsole console, IReadOnlyDictionary<string, string> conditions, IReadOnlyList<CaseResult> cases)
    {
        WriteConditions(console, conditions);
        var columns = ReportColumn.For(cases);
        console.Write(TableOf(cases, columns));
        foreach (var column in columns)
            console.MarkupLineInterpolated($"[dim]{column.Header,-11}{column.Meaning}[/]");
        foreach (var host in cases.SelectMany(static c => c.Hosts))
        {
            foreach (var round in host.Rounds)
                WriteFailures(console, host.Host, round);
        }
    }

    public static void WriteConditions(IAnsiConsole console, IReadOnlyDictionary<string, string> conditions)
    {
        if (Console.IsOutputRedirected)
            console.Profile.Width = WidthWhenPiped;
        var grid = new Grid().AddColumns(2);
        foreach (var (name, value) in conditions)
            grid.AddRow(Markup.Escape(name), Markup.Escape(value));
        console.Write(grid);
        console.WriteLine();
    }

    public static void WriteFailures(IAnsiConsole console, string host, RoundResult round)
    {
        if (round.Failures.Count > 0)
            console.MarkupLineInterpolated($"[red]{host}: {string.Join(", ", round.Failures.Select(static f => $"{f.Value} × {f.Key}"))}.[/] The first: {round.FirstFailure}");
    }

    private static Table TableOf(IReadOnlyList<CaseResult> cases, IReadOnlyList<ReportColumn> columns)
    {
        var table = new Table().Border(TableBorder.Horizontal).AddColumns("scenario", "conn.", "host");
        foreach (var column in columns)
            table.AddColumn(column.Header, static c => c.RightAligned().NoWrap());

        foreach (var result in cases)
        {
            if (result != cases[0])
                table.AddEmptyRow();
            var isFirst = true;
            foreach (var host in result.Hosts)
            {
                table.AddRow([
                    isFirst ? result.Scenario.Name : "",
                    isFirst ? ReportColumn.Whole(result.Connections) : "",
                    host.Host,
                    .. columns.Select(column => column.Value(result, host)),
                ]);
                isFirst = false;
            }
        }

        return table;
    }
}
