using Wallet.Bench.Data;
using Wallet.Bench.Hosts;
using Wallet.Bench.Load;
using Wallet.Bench.Measuring;
using Wallet.Servers;
using Wallet.Service.Sessions;

namespace Wallet.Bench;

/// <summary>Everything that runs while it is measured: Redis with the sessions, the databases with the accounts, the hosts. All of it ends with this.</summary>
internal sealed class TestBed : IAsyncDisposable
{
    public const string Wallet = "wallet";
    public const string Postgres = "postgres";
    public const string Sqlite = "sqlite";

    // Enough for a page of history, and so much that nobody runs out of money, not even the one who pays everyone.
    private const int TransfersPerAccount = 12;
    private const long OpeningBalance = 100_000_000;

    private readonly Stack<IAsyncDisposable> _running = [];

    private TestBed()
    {
    }

    /// <summary>The hosts, in the order of the report.</summary>
    public List<Subject> Subjects { get; } = [];

    public IReadOnlyDictionary<string, string> Conditions { get; private set; } = new Dictionary<string, string>();

    public static async Task<TestBed> StartAsync(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        var bed = new TestBed();
        try
        {
            await bed.StartAllAsync(options, progress, cancellationToken);
            return bed;
        }
        catch
        {
            await bed.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_running.TryPop(out var last))
            await last.DisposeAsync();
    }

    private async Task StartAllAsync(BenchOptions options, Action<string> progress, CancellationToken cancellationToken)
    {
        progress("starting the servers");
        var redis = Keep(new RedisServer());
        await redis.InitializeAsync();
        ILedgerBed ledgers = Keep<ILedgerBed>(options.Database == Sqlite ? new SqliteBed() : await PostgresBed.StartAsync());

        var plan = new LoadPlan { Accounts = options.Population.Accounts, TransfersPerAccount = TransfersPerAccount, OpeningBalance = OpeningBalance };
        await LoadSockets.RunAsideAsync(() => ledgers.LoadAsync(plan, new LoadMessages(progress), cancellationToken));
        progress("signing the users in");
        await redis.SignInAsync(Sessions(options.Population), Scopes.Wallet);

        foreach (var host in options.Hosts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress($"starting {host}");
            var ledger = host == BenchHost.Echo ? null : await ledgers.CopyAsync(host);
            Subjects.Add(Keep(new Subject(
                await HostProcess.StartAsync(host, [.. CommandOf(host, options.Database), "--ConnectionStrings:Redis", redis.ConnectionString, .. ledger?.Settings ?? []]),
                ledger)));
        }

        Conditions = await Measuring.Conditions.ReadAsync(
            ledgers.Folder,
            [
                .. await ledgers.DescribeAsync(),
                new("accounts", $"{options.Population.Accounts:N0}, {options.Population.Users:N0} of their users signed in"),
                new("load", options.Rate is { } rate ? $"open loop, {rate:N0} requests/s" : "closed loop"),
                new("rounds", $"{options.Rounds} of {options.Duration.TotalSeconds:0.#} s after {options.WarmUp.TotalSeconds:0.#} s of warm-up, the hosts in turn"),
            ]);
    }

    /// <summary>SQLite has one writer, whoever writes: there the baseline is the service itself, with one transfer in each transaction.</summary>
    private static string[] CommandOf(string host, string database) => host switch
    {
        Wallet => ["wallet.dll", "--Logging:LogLevel:Default", "Warning"],
        BenchHost.Baseline when database == Sqlite => ["wallet.dll", "--Logging:LogLevel:Default", "Warning", "--Wallet:Commit:BatchMax", "1"],
        _ => ["Wallet.Bench.dll", "host", host],
    };

    private static IEnumerable<(string Token, string UserId)> Sessions(Population population)
    {
        for (var user = 0L; user < population.Users; user++)
            yield return (RequestWriter.TokenOf(user), LoadPlan.UserId(user));
    }

    private T Keep<T>(T running) where T : IAsyncDisposable
    {
        _running.Push(running);
        return running;
    }

    private sealed class LoadMessages(Action<string> progress) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => progress($"loading {value.Stage}: {100 * value.Done / Math.Max(1, value.Total)} %");
    }
}
