using System.CommandLine;
using Spectre.Console;
using Wallet.Chaos.Beds;
using Wallet.Chaos.Reports;

namespace Wallet.Chaos;

/// <summary>The command: kills what it can while clients move money, and then holds the ledger against what they were told.</summary>
internal static class ChaosCommand
{
    private const int Contradicted = 1;

    private static readonly Option<string> Store = new Option<string>("--store")
    {
        Description = "Where the ledger is kept, and so what can be killed: one service on SQLite; one on PostgreSQL; two on one PostgreSQL; one on a primary with a standby under pg_auto_failover.",
        DefaultValueFactory = static _ => ChaosBed.Sqlite,
    }.AcceptOnlyFromAmong([.. ChaosBed.Names]);

    private static readonly Option<int> Kills = Number("--kills", 20, 1, 1_000, "How many times something is killed under load.");
    private static readonly Option<string?> Only = new("--only") { Description = "Do only what has this in its name, such as 'primary'; the report names what was done." };
    private static readonly Option<int> Clients = Number("--clients", 16, 1, 64, "How many clients move money.");
    private static readonly Option<int> Readers = Number("--readers", 4, 0, 16, "How many readers watch.");
    private static readonly Option<int> Rate = Number("--rate", 500, 1, 5_000, "How many transfers they ask for in a second, all together, at the most.");
    private static readonly Option<int> Minutes = Number("--minutes", 30, 1, 240, "After how many minutes the run is given up.");
    private static readonly Option<int?> Seed = new("--seed") { Description = "What makes the choices; a new one each time where it is not given." };
    private static readonly Option<string?> Json = new("--json") { Description = "Write the report to this file as JSON." };

    public static RootCommand Create()
    {
        var command = new RootCommand(
            "Kills WalletService, PostgreSQL and its primary again and again while clients move money, and checks that each was told the truth. Everything runs on loopback, in processes and folders of its own.")
        {
            Store, Kills, Only, Clients, Readers, Rate, Minutes, Seed, Json,
        };
        command.SetAction(static async (result, cancellationToken) =>
        {
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            ends.CancelAfter(TimeSpan.FromMinutes(result.GetValue(Minutes)));
            var options = new ChaosOptions
            {
                Store = result.GetValue(Store)!,
                Kills = result.GetValue(Kills),
                Only = result.GetValue(Only),
                Clients = result.GetValue(Clients),
                Readers = result.GetValue(Readers),
                Rate = result.GetValue(Rate),
                Seed = result.GetValue(Seed) ?? Random.Shared.Next(),
            };
            return await RunAsync(options, result.GetValue(Json), ends.Token);
        });
        return command;
    }

    private static async Task<int> RunAsync(ChaosOptions options, string? jsonFile, CancellationToken cancellationToken)
    {
        AnsiConsole.MarkupLineInterpolated($"{options.Store}, {options.Kills} kills, {options.Clients} clients, seed {options.Seed}");
        var report = await AnsiConsole.Progress()
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new ElapsedTimeColumn())
            .StartAsync(async progress =>
            {
                var task = progress.AddTask("starting", maxValue: options.Kills);
                return await ChaosRun.RunAsync(options, (kills, text) =>
                {
                    task.Value = kills;
                    task.Description = Markup.Escape(text);
                }, cancellationToken);
            });
        TableReport.Write(AnsiConsole.Console, report);
        if (jsonFile is not null)
            await JsonReport.WriteAsync(jsonFile, report);
        return report.Contradictions.Count == 0 ? 0 : Contradicted;
    }

    private static Option<int> Number(string name, int value, int least, int most, string description)
    {
        var option = new Option<int>(name) { Description = $"{description} {least} to {most}.", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var given && (given < least || given > most))
                result.AddError($"{name} must be {least} to {most}.");
        });
        return option;
    }
}
