using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Wallet.Bench.Data;

/// <summary><c>load</c>: fills an empty ledger with data.</summary>
internal static class LoadCommand
{
    public static Command Create()
    {
        var postgres = new Option<string?>("--postgres") { Description = "The connection string of a PostgreSQL database without accounts of users" };
        var sqlite = new Option<string?>("--sqlite") { Description = "A SQLite file; made where it is missing" };
        var accounts = new Option<long>("--accounts") { Description = "How many accounts to open", DefaultValueFactory = _ => 100_000 };
        var transfers = new Option<int>("--transfers-per-account") { Description = "How many transfers each account makes, after its first deposit" };
        var command = new Command("load", "Fill an empty ledger with accounts and transfers, past the service and in bulk.") { postgres, sqlite, accounts, transfers };
        command.Validators.Add(result =>
        {
            if (result.GetValue(postgres) is null == result.GetValue(sqlite) is null)
                result.AddError("Either --postgres or --sqlite must be given.");
        });
        command.SetAction((result, cancellationToken) =>
        {
            var plan = new LoadPlan { Accounts = result.GetValue(accounts), TransfersPerAccount = result.GetValue(transfers) };
            return RunAsync(progress => result.GetValue(postgres) is { } connectionString
                ? LedgerLoader.LoadPostgresAsync(connectionString, plan, progress, cancellationToken)
                : LedgerLoader.LoadSqliteAsync(result.GetValue(sqlite)!, plan, progress, cancellationToken));
        });
        return command;
    }

    private static async Task<int> RunAsync(Func<IProgress<LoadProgress>, Task> load)
    {
        try
        {
            var clock = Stopwatch.StartNew();
            var stages = await AnsiConsole.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn(), new ElapsedTimeColumn())
                .StartAsync(async bars =>
                {
                    var stages = new LoadStages(bars);
                    await load(stages);
                    return stages;
                });
            stages.Print();
            AnsiConsole.MarkupLineInterpolated($"Loaded in {clock.Elapsed:hh\\:mm\\:ss}.");
            return 0;
        }
        catch (LoadException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}

/// <summary>A bar for each stage, from its first report on.</summary>
internal sealed class LoadStages(ProgressContext bars) : IProgress<LoadProgress>
{
    private readonly ConcurrentDictionary<string, Lazy<ProgressTask>> _tasks = [];

    public void Report(LoadProgress value)
    {
        var task = _tasks.GetOrAdd(value.Stage, static (stage, context) => new Lazy<ProgressTask>(() => context.bars.AddTask(stage, maxValue: context.value.Total)), (bars, value)).Value;
        task.Value = value.Done;
        if (value.Done == value.Total)
            task.StopTask(); // and with it the stage's time
    }

    /// <summary>Prints how long each stage took.</summary>
    public void Print()
    {
        var table = new Table().AddColumn("stage").AddColumn("rows").AddColumn("seconds").AddColumn("rows/s");
        foreach (var task in _tasks.Values.Select(static lazy => lazy.Value).OrderBy(static task => task.StartTime))
        {
            var seconds = task.ElapsedTime?.TotalSeconds ?? 0;
            table.AddRow(task.Description, $"{task.MaxValue:N0}", $"{seconds:N1}", $"{task.MaxValue / Math.Max(seconds, 0.001):N0}");
        }

        AnsiConsole.Write(table);
    }
}

internal sealed class RateColumn : ProgressColumn
{
    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(task.Speed is { } speed ? $"{speed:N0}/s" : "");
}
