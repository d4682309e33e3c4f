using System.CommandLine;
using Spectre.Console;
using Wallet.Bench.Batch;
using Wallet.Bench.Data;
using Wallet.Bench.Hosts;
using Wallet.Bench.Load;
using Wallet.Bench.Reports;

namespace Wallet.Bench;

/// <summary>The default command: the service beside its ceiling and its baseline.</summary>
internal static class BenchCommand
{
    // Enough for a page of history.
    private const int TransfersPerAccount = 12;

    private static readonly string[] HostNames = [BenchHost.Echo, BenchHost.Baseline, TestBed.Wallet];

    private static readonly Option<string> Database = new Option<string>("--database")
    {
        Description = "Where the ledgers are kept.",
        DefaultValueFactory = _ => TestBed.Postgres,
    }.AcceptOnlyFromAmong(TestBed.Postgres, TestBed.Sqlite);

    private static readonly Option<string[]> Scenarios = ListOption("--scenarios", [.. Scenario.All.Select(static s => s.Name)],
        $"What is asked for: {string.Join("; ", Scenario.All.Select(static s => $"{s.Name} ({s.Description})"))}.");

    private static readonly Option<string[]> Hosts = ListOption("--hosts", HostNames,
        "What is measured: echo is HTTP, sign-in and JSON without a ledger, baseline is one transaction per transfer, wallet is the service.");

    private static readonly Option<int[]> Connections = new("--connections")
    {
        Description = "Over how many connections; several numbers are measured one after the other.",
        DefaultValueFactory = _ => [16, 128, 512],
        CustomParser = static result => [.. result.Tokens.SelectMany(static token => token.Value.Split(',')).Select(static text => int.TryParse(text, out var number) ? number : 0)],
        AllowMultipleArgumentsPerToken = true,
        Validators =
        {
            static result =>
            {
                if (result.GetValueOrDefault<int[]>()!.Any(static number => number < 1))
                    result.AddError("--connections must be numbers from 1.");
            },
        },
    };

    private static readonly Option<int> Rounds = NumberOption.Create("--rounds", 5, 1, "How many times each is measured.");
    private static readonly Option<double> Seconds = NumberOption.Create("--seconds", 3.0, 0.1, "How long each time.");
    private static readonly Option<double> WarmUp = NumberOption.Create("--warmup", 1.0, 0.1, "How many seconds it is asked the same before, unmeasured.");
    private static readonly Option<double?> Rate = new("--rate") { Description = "Requests per second, sent when they are due (open loop). Without it each connection waits for its answer (closed loop)." };
    private static readonly Option<long> Accounts = NumberOption.Create("--accounts", 100_000L, 2L, "How many accounts there are.");
    private static readonly Option<long> Users = NumberOption.Create("--users", 10_000L, 2L, "How many of their users act.");
    private static readonly Option<string?> Json = new("--json") { Description = "Write everything to this file as JSON." };
    private static readonly Option<string?> Html = new("--html") { Description = "Write a report to this file: one page that needs nothing else." };
    private static readonly Option<bool> Quick = new("--quick") { Description = "A look whether it works: one round, 16 connections, half a second for each." };

    public static RootCommand Create()
    {
        var command = new RootCommand(
            "Measures WalletService on this machine: requests per second, latency, and what each request costs, beside what HTTP alone could do and what one transaction per transfer would.")
        {
            Database, Scenarios, Hosts, Connections, Rounds, Seconds, WarmUp, Rate, Accounts, Users, Json, Html, Quick,
            PlannedCommand.Create(), LoadCommand.Create(), BatchCommand.Create(),
        };
        command.SetAction(static (result, cancellationToken) => RunAsync(Read(result), cancellationToken));
        return command;
    }

    private static BenchOptions Read(ParseResult result)
    {
        var isQuick = result.GetValue(Quick);
        var accounts = isQuick ? Math.Min(result.GetValue(Accounts), 1_000) : result.GetValue(Accounts);
        return new BenchOptions
        {
            Bed = new BedOptions
            {
                Database = result.GetValue(Database)!,
                Hosts = result.GetValue(Hosts)!,
                Population = new Population(accounts, Math.Min(accounts, result.GetValue(Users))),
                TransfersPerAccount = TransfersPerAccount,
            },
            Scenarios = [.. result.GetValue(Scenarios)!.Select(static name => Scenario.All.Single(s => s.Name == name))],
            Connections = isQuick ? [16] : result.GetValue(Connections)!,
            Rounds = isQuick ? 1 : result.GetValue(Rounds),
            Duration = TimeSpan.FromSeconds(isQuick ? 0.5 : result.GetValue(Seconds)),
            WarmUp = TimeSpan.FromSeconds(isQuick ? 0.2 : result.GetValue(WarmUp)),
            Rate = result.GetValue(Rate),
            JsonFile = result.GetValue(Json),
            HtmlFile = result.GetValue(Html),
        };
    }

    private static async Task<int> RunAsync(BenchOptions options, CancellationToken cancellationToken)
    {
        var (conditions, cases) = await ProgressLine.RunAsync(async line =>
        {
            await using var bed = await TestBed.StartAsync(options.Bed, line.Say, cancellationToken);
            var run = new BenchRun(options, bed);
            line.Expect(run.Steps);
            return (bed.Conditions, await run.RunAsync(line.Say, line.Step, cancellationToken));
        });
        conditions = new Dictionary<string, string>(conditions)
        {
            [BenchHost.Echo] = "the service's HTTP, sign-in and JSON, with no ledger behind",
            [BenchHost.Baseline] = options.Bed.Database == TestBed.Sqlite
                ? "the service with Wallet:Commit:BatchMax=1: one transaction per transfer"
                : "one transaction per transfer, on the same tables, by the same rules, with as many connections",
            ["load"] = options.Rate is { } rate ? $"open loop, {rate:N0} requests/s" : "closed loop",
            ["rounds"] = $"{options.Rounds} of {options.Duration.TotalSeconds:0.#} s after {options.WarmUp.TotalSeconds:0.#} s of warm-up, the hosts in turn",
        };
        TableReport.Write(AnsiConsole.Console, conditions, cases);
        if (options.JsonFile is { } json)
            await JsonReport.WriteAsync(json, conditions, cases);
        if (options.HtmlFile is { } html)
            await HtmlReport.WriteAsync(html, conditions, cases);
        return cases.SelectMany(static c => c.Hosts).Any(static h => h.Failures > 0) ? 1 : 0;
    }

    private static Option<string[]> ListOption(string name, string[] values, string description)
    {
        var option = new Option<string[]>(name)
        {
            Description = description,
            DefaultValueFactory = _ => values,
            CustomParser = static result => [.. result.Tokens.SelectMany(static token => token.Value.Split(','))],
            AllowMultipleArgumentsPerToken = true,
        };
        option.Validators.Add(result =>
        {
            foreach (var unknown in result.Tokens.SelectMany(static token => token.Value.Split(',')).Except(values))
                result.AddError($"{name}: '{unknown}' is none of {string.Join(", ", values)}.");
        });
        return option;
    }
}
