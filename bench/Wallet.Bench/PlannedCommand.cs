using System.CommandLine;
using System.Globalization;
using HdrHistogram;
using Spectre.Console;
using Wallet.Bench.Load;
using Wallet.Bench.Measuring;
using Wallet.Bench.Reports;

namespace Wallet.Bench;

/// <summary>The load that the service is planned for, on as many accounts: is it held, and with what to spare?</summary>
internal static class PlannedCommand
{
    // Of the rate that is asked for: what comes after the end of a run that keeps up is a few milliseconds.
    private const double HeldFrom = 0.995;

    private const double LatencyMax = 50; // ms, of 99 in a hundred requests

    // A service that has just started compiles its code under way, and at a fixed rate what it does not manage waits in line.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(30);

    private static readonly Option<int> Transfers = NumberOption.Create("--transfers", 1_200, 0, "Transfers per second.");
    private static readonly Option<int> Reads = NumberOption.Create("--reads", 12_000, 0, "Reads per second.");
    private static readonly Option<double> HistoryShare = NumberOption.Create("--history-share", 0.1, 0.0, "Which part of the reads asks for a page of history; the others ask for the balance.");
    private static readonly Option<double> Seconds = NumberOption.Create("--seconds", 60.0, 0.1, "For how long.");
    private static readonly Option<int> Connections = NumberOption.Create("--connections", 256, 1, "Over how many connections.");
    private static readonly Option<long> Accounts = NumberOption.Create("--accounts", 10_000_000L, 2L, "How many accounts there are.");
    private static readonly Option<int> TransfersPerAccount = NumberOption.Create("--transfers-per-account", 1, 0, "How many transfers each account has made before.");
    private static readonly Option<long> Users = NumberOption.Create("--users", 1_000_000L, 2L, "How many of their users are signed in and act.");
    private static readonly Option<string?> Data = new("--data") { Description = "Keep the database in this folder, and find it there the next time. Loading ten million accounts takes minutes." };

    public static Command Create()
    {
        var command = new Command("planned", "Ask the service on PostgreSQL for the planned load, at a fixed rate, and say whether it was held.")
        {
            Transfers, Reads, HistoryShare, Seconds, Connections, Accounts, TransfersPerAccount, Users, Data,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult result, CancellationToken cancellationToken)
    {
        var histories = (int)Math.Round(result.GetValue(Reads) * result.GetValue(HistoryShare));
        var mix = new RequestMix(result.GetValue(Transfers), result.GetValue(Reads) - histories, histories);
        var scenario = new Scenario("planned", "the planned load", mix);
        var duration = TimeSpan.FromSeconds(result.GetValue(Seconds));
        var accounts = result.GetValue(Accounts);
        var options = new BedOptions
        {
            Database = TestBed.Postgres,
            Hosts = [TestBed.Wallet],
            Population = new Population(accounts, Math.Min(accounts, result.GetValue(Users))),
            TransfersPerAccount = result.GetValue(TransfersPerAccount),
            DataFolder = result.GetValue(Data) is { } folder ? Path.GetFullPath(folder) : null,
        };

        var (conditions, load, figures) = await ProgressLine.RunAsync(async line =>
        {
            await using var bed = await TestBed.StartAsync(options, line.Say, cancellationToken);
            var wallet = bed.Subjects.Single();
            using var generator = await LoadGenerator.ConnectAsync(
                wallet.Host.Address, result.GetValue(Connections), number => new RequestWriter(scenario, options.Population, seed: number));
            line.Say("warming up");
            await generator.RunAsync(mix.Sum, WarmUp, cancellationToken);

            line.Say(string.Create(CultureInfo.InvariantCulture, $"{mix.Sum:N0} requests/s for {duration.TotalSeconds:N0} s"));
            var before = await Reading.TakeAsync(wallet);
            var load = await generator.RunAsync(mix.Sum, duration, cancellationToken);
            var after = await Reading.TakeAsync(wallet);
            return (bed.Conditions, load, RoundResult.From(load, before, after, ProcessMemory.Peak(wallet.Host.ProcessId)));
        });

        var latency = RoundResult.Percentile(load.AllLatencies(), 99);
        var isHeld = figures.Failures.Count == 0 && load.PerSecond >= HeldFrom * mix.Sum && latency <= LatencyMax;
        TableReport.WriteConditions(AnsiConsole.Console, conditions);
        AnsiConsole.Write(TableOf(mix, load));
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""
            CPU: service {Cores(figures.ServiceCpu)}, PostgreSQL {Cores(figures.DatabaseCpu ?? 0)}, load generator {Cores(figures.LoadCpu)} of {Environment.ProcessorCount} cores
            Peak memory of the service: {figures.PeakMemory / 1_048_576.0:N0} MB
            {figures.BatchSize:N1} transfers in a database transaction, {figures.LogBytes:N0} bytes of write-ahead log a transfer
            """));
        TableReport.WriteFailures(AnsiConsole.Console, TestBed.Wallet, figures);
        AnsiConsole.MarkupLine(isHeld
            ? string.Create(CultureInfo.InvariantCulture, $"[green]Held:[/] every request was answered as it should be, at the rate that was asked for, 99 of 100 within {LatencyMax:N0} ms.")
            : string.Create(CultureInfo.InvariantCulture, $"[red]Not held:[/] {load.PerSecond:N0} of {mix.Sum:N0} requests/s, 99 of 100 within {latency:N0} ms, {figures.Failures.Values.Sum():N0} failed."));
        return isHeld ? 0 : 1;

        string Cores(double microsecondsPerRequest) =>
            (microsecondsPerRequest * load.PerSecond / 1_000_000).ToString("0.00", CultureInfo.InvariantCulture);
    }

    private static Table TableOf(RequestMix mix, LoadResult load)
    {
        var table = new Table().Border(TableBorder.Horizontal).AddColumn("request");
        foreach (var column in (string[])["per second", "p50 ms", "p99 ms", "p99.9 ms", "longest ms"])
            table.AddColumn(column, static c => c.RightAligned());
        foreach (var kind in mix.Kinds)
            AddRow(kind.ToString().ToLowerInvariant(), load.LatenciesOf(kind));
        AddRow("all", load.AllLatencies());
        return table;

        void AddRow(string name, HistogramBase latencies) => table.AddRow(
            name,
            (latencies.TotalCount / load.Elapsed.TotalSeconds).ToString("N0", CultureInfo.InvariantCulture),
            ReportColumn.Milliseconds(RoundResult.Percentile(latencies, 50)),
            ReportColumn.Milliseconds(RoundResult.Percentile(latencies, 99)),
            ReportColumn.Milliseconds(RoundResult.Percentile(latencies, 99.9)),
            ReportColumn.Milliseconds(RoundResult.Percentile(latencies, 100)));
    }
}
