using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Wallet.Bench.Data;
using Wallet.Bench.Measuring;
using Wallet.Servers;

namespace Wallet.Bench.Batch;

/// <summary><c>batch</c>: posting through the batch path without HTTP, against pgbench on the same server.</summary>
internal static class BatchCommand
{
    private const int ConsoleWidthMin = 140;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    // Both databases fit into memory, and no checkpoint falls into a run: the page images that follow one would count against whoever
    // touches more pages, which is pgbench. Everything else, durability above all, is PostgreSQL's default.
    private static readonly string[] Settings = ["shared_buffers=4GB", "max_wal_size=32GB", "checkpoint_timeout=1h"];

    public static Command Create()
    {
        var clients = new Option<int>("--clients") { Description = "How many wait for a transfer at the same time", DefaultValueFactory = _ => 128 };
        var accounts = new Option<long>("--accounts") { Description = "Among how many accounts money moves", DefaultValueFactory = _ => 100_000 };
        var batch = new Option<int>("--batch") { Description = "How many transfers the store is given at a time, where it runs alone", DefaultValueFactory = _ => 200 };
        var seconds = new Option<int>("--seconds") { Description = "How long each run takes", DefaultValueFactory = _ => 5 };
        var rounds = new Option<int>("--rounds") { Description = "How often each takes its turn", DefaultValueFactory = _ => 5 };
        var command = new Command("batch", "Post through the batch path without HTTP, and hold it against pgbench on the same private PostgreSQL.")
        {
            clients, accounts, batch, seconds, rounds,
        };
        command.SetAction((result, cancellationToken) => RunAsync(
            result.GetValue(clients), new LoadPlan { Accounts = result.GetValue(accounts) }, result.GetValue(batch),
            TimeSpan.FromSeconds(result.GetValue(seconds)), result.GetValue(rounds), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int clients, LoadPlan plan, int batchSize, TimeSpan duration, int rounds, CancellationToken cancellationToken)
    {
        await using var server = new PostgresServer { Settings = Settings };
        await server.InitializeAsync();
        var database = await server.CreateDatabaseAsync();
        await LedgerLoader.LoadPostgresAsync(database, plan, new Progress<LoadProgress>(), cancellationToken);

        var transfers = new RandomTransfers(plan);
        await using var queue = await QueueContender.StartAsync(database, transfers, clients, cancellationToken);
        await using var oneWriter = new StoreContender(database, transfers, writers: 1, batchSize);
        await using var twoWriters = new StoreContender(database, transfers, writers: 2, batchSize);
        await using var pgbench = await PgbenchContender.CreateAsync(server, clients, cancellationToken);
        IContender[] contenders = [queue, oneWriter, twoWriters, pgbench];

        var meter = new BatchMeter(server);
        foreach (var contender in contenders)
            await contender.RunAsync(WarmUp, cancellationToken);
        var samples = contenders.ToDictionary(static contender => contender, static _ => new List<BatchSample>());
        for (var round = 0; round < rounds; round++)
        {
            // Each goes first in its turn.
            foreach (var contender in contenders.Skip(round % contenders.Length).Concat(contenders.Take(round % contenders.Length)))
                samples[contender].Add(await meter.MeasureAsync(contender, duration, cancellationToken));
            AnsiConsole.MarkupLineInterpolated(
                CultureInfo.InvariantCulture,
                $"round {round + 1}: {string.Join(" · ", contenders.Select(contender => string.Create(CultureInfo.InvariantCulture, $"{contender.Name} {samples[contender][round].Run.PerSecond:N0}/s")))}");
        }

        Print(contenders, samples, samples[pgbench]);
        return 0;
    }

    private static void Print(IEnumerable<IContender> contenders, Dictionary<IContender, List<BatchSample>> samples, List<BatchSample> baseline)
    {
        var table = new Table()
            .AddColumn("median of the rounds").AddColumn("transfers/s").AddColumn("× pgbench").AddColumn("batch")
            .AddColumn("client CPU µs").AddColumn("PostgreSQL CPU µs").AddColumn("WAL bytes");
        foreach (var contender in contenders)
        {
            var own = samples[contender];
            var ratio = Median.OfRatios(own.Select(static sample => sample.Run.PerSecond), baseline.Select(static sample => sample.Run.PerSecond));
            table.AddRow(
                contender.Name,
                Middle(own, "N0", static sample => sample.Run.PerSecond),
                ratio.ToString("N2", CultureInfo.InvariantCulture),
                Middle(own, "N0", static sample => sample.Run.BatchSize),
                Middle(own, "N1", static sample => sample.ClientMicroseconds),
                Middle(own, "N1", static sample => sample.PostgresMicroseconds),
                Middle(own, "N0", static sample => sample.WalBytesEach));
        }

        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, ConsoleWidthMin);
        AnsiConsole.Write(table);
    }

    private static string Middle(IEnumerable<BatchSample> samples, string format, Func<BatchSample, double> value) =>
        Median.Of(samples.Select(value)).ToString(format, CultureInfo.InvariantCulture);
}
