using System.Diagnostics;
using Wallet.Chaos.Beds;
using Wallet.Chaos.Checking;
using Wallet.Chaos.Clients;
using Wallet.Chaos.Reports;

namespace Wallet.Chaos;

/// <summary>A run: 1 start everything, 2 break it while clients and readers are at work, 3 settle what is in doubt, 4 stop the service, 5 hold the ledger against the oracle.</summary>
internal static class ChaosRun
{
    private const int UsersMin = 4;

    /// <param name="options">What to break.</param>
    /// <param name="progress">Is told how many kills there were, and what is done now.</param>
    /// <param name="cancellationToken">Ends it, with nothing left behind.</param>
    public static async Task<ChaosReport> RunAsync(ChaosOptions options, Action<int, string> progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        using var oracle = new Oracle();
        var random = new Random(options.Seed);
        await using var bed = ChaosBed.Create(options.Store);
        using var api = new WalletApi();

        // :: 1
        var firstStartKills = await bed.StartAsync(random, text => progress(0, text), cancellationToken);
        progress(0, "opening accounts");
        var parties = await Population.CreateAsync(Math.Max(UsersMin, options.Clients), bed, api, oracle, cancellationToken);
        IReadOnlyList<Uri> copies = [.. bed.Copies.Select(static copy => copy.Address)];
        var interval = TimeSpan.FromSeconds((double)options.Clients / options.Rate);
        var clients = Enumerable.Range(0, options.Clients).Select(i => new ChaosClient(i, options.Seed, parties, copies, interval, api, oracle)).ToList();
        var readers = Enumerable.Range(0, options.Readers).Select(i => new Reader(i, options.Seed, parties, copies, api, oracle)).ToList();

        // :: 2
        var havoc = new Havoc(bed, options, random, oracle);
        await BreakAsync(havoc, clients, readers, oracle, progress, cancellationToken);

        // :: 3
        var abandoned = clients.SelectMany(static client => client.Abandoned).ToList();
        if (!oracle.Contradicted.IsCancellationRequested)
        {
            // The other half stays without an answer for good.
            foreach (var transfer in abandoned.Where(static (_, i) => i % 2 == 0))
                await clients[0].SettleAsync(transfer, mayLeave: false, cancellationToken);
        }

        // :: 4
        await bed.StopServicesAsync(oracle);

        // :: 5
        progress(options.Kills, "reading the ledger");
        await using var store = bed.OpenStore();
        var ledger = await FinalLedger.ReadAsync(store, parties.Select(static party => party.AccountId), oracle.Asked.Select(static asked => asked.Id), cancellationToken);
        IReadOnlyList<AskedTransfer> asked = [.. oracle.Asked];
        var unanswered = asked.Where(static transfer => transfer.Told is null).ToList();
        return new ChaosReport
        {
            Store = options.Store,
            Seed = options.Seed,
            Duration = clock.Elapsed,
            Kills = havoc.Kills,
            FirstStartKills = firstStartKills,
            Outcomes = oracle.Outcomes,
            Asked = asked.Count,
            Acknowledged = oracle.Acknowledged,
            Refused = oracle.Refused,
            DoubtsDone = oracle.DoubtsDone,
            DoubtsNotDone = oracle.DoubtsNotDone,
            UnansweredDone = unanswered.Count(transfer => ledger.Transfers.ContainsKey(transfer.Id)),
            UnansweredNotDone = unanswered.Count(transfer => !ledger.Transfers.ContainsKey(transfer.Id)),
            Reads = readers.Sum(static reader => reader.Reads),
            Entries = ledger.Histories.Sum(static history => history.Entries.Count),
            LoggedErrors = bed.Errors,
            Contradictions = [.. oracle.Contradictions, .. Verdict.Of(asked, ledger)],
        };
    }

    /// <summary>Returns when nothing is killed any more and every client has its last answer, or at the first contradiction.</summary>
    private static async Task BreakAsync(
        Havoc havoc, List<ChaosClient> clients, List<Reader> readers, Oracle oracle, Action<int, string> progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(oracle.Contradicted, cancellationToken);
        var work = Task.WhenAll([
            .. clients.Select(client => Task.Run(() => client.RunAsync(stop.Token, cancellationToken), CancellationToken.None)),
            .. readers.Select(reader => Task.Run(() => reader.RunAsync(stop.Token, cancellationToken), CancellationToken.None)),
        ]);
        try
        {
            await havoc.RunAsync(progress, stop.Token);
        }
        catch (OperationCanceledException) when (oracle.Contradicted.IsCancellationRequested)
        {
            // There is something to report.
        }
        finally
        {
            await stop.CancelAsync();
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await work;
    }
}
