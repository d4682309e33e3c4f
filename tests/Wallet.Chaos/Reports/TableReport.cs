using Spectre.Console;

namespace Wallet.Chaos.Reports;

/// <summary>A run as tables on the console, or in what the console is piped to.</summary>
internal static class TableReport
{
    private const int WidthWhenPiped = 160;
    private const int ContradictionsShown = 10;

    public static void Write(IAnsiConsole console, ChaosReport report)
    {
        if (Console.IsOutputRedirected)
            console.Profile.Width = WidthWhenPiped;
        console.Write(KillsOf(report));
        console.Write(AnswersOf(report));
        console.MarkupLineInterpolated($"{report.Asked:N0} asked for: {report.Acknowledged:N0} acknowledged, {report.Refused:N0} refused, {report.UnansweredDone + report.UnansweredNotDone:N0} left without an answer.");
        console.MarkupLineInterpolated($"In doubt for a while: {report.DoubtsDone:N0} had been decided, {report.DoubtsNotDone:N0} had not. In doubt for good: {report.UnansweredDone:N0} decided, {report.UnansweredNotDone:N0} not.");
        console.MarkupLineInterpolated($"{report.Reads:N0} reads and {report.Entries:N0} entries checked in {report.Duration:mm\\:ss}, seed {report.Seed}.");
        if (report.LoggedErrors.Count > 0)
            console.MarkupLineInterpolated($"[yellow]The service logged errors; the first:[/] {report.LoggedErrors[0]}");
        if (report.Contradictions.Count == 0)
        {
            console.MarkupLine("[green]No contradiction.[/]");
            return;
        }

        console.MarkupLineInterpolated($"[red]{report.Contradictions.Count} contradictions.[/]");
        foreach (var contradiction in report.Contradictions.Take(ContradictionsShown))
            console.MarkupLineInterpolated($"[red]{contradiction.Fault}:[/] {contradiction.Explanation}");
    }

    private static Table KillsOf(ChaosReport report)
    {
        var table = new Table().Border(TableBorder.Horizontal).AddColumn("what was done").AddColumn("times", Right).AddColumn("unavailable, median", Right).AddColumn("longest", Right);
        table.AddRow("service killed at its first start", $"{report.FirstStartKills}", "", "");
        foreach (var kind in report.Kills.GroupBy(static kill => kill.Name).OrderBy(static kind => kind.Key, StringComparer.Ordinal))
        {
            var times = kind.Select(static kill => kill.Unavailable).Order().ToList();
            table.AddRow(kind.Key, $"{times.Count}", $"{times[times.Count / 2].TotalSeconds:N2} s", $"{times[^1].TotalSeconds:N2} s");
        }

        return table;
    }

    private static Table AnswersOf(ChaosReport report)
    {
        var table = new Table().Border(TableBorder.Horizontal).AddColumn("answer").AddColumn("times", Right);
        foreach (var (outcome, count) in report.Outcomes.OrderByDescending(static pair => pair.Value))
            table.AddRow(Markup.Escape(outcome), $"{count:N0}");
        return table;
    }

    private static void Right(TableColumn column) => column.RightAligned().NoWrap();
}
