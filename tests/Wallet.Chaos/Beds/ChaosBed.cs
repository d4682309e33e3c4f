using System.Text.Json;
using Wallet.Chaos.Checking;
using Wallet.Ledger;
using Wallet.Servers;
using Wallet.Service.Storage;

namespace Wallet.Chaos.Beds;

/// <summary>Everything that runs: Redis, the database, the copies of the service. All of it ends with this, and leaves no file.</summary>
internal abstract class ChaosBed : IAsyncDisposable
{
    public const string Sqlite = "sqlite";
    public const string Postgres = "postgres";
    public const string TwoCopies = "two-copies";
    public const string Failover = "failover";

    private const int FirstStartKills = 2;
    private const int ErrorsMax = 20;

    // About as long as a start takes.
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(1);

    private static readonly string[] Expected = [".RequestLog", ".DefaultHealthCheckService", "Npgsql.Transaction"];

    private readonly List<string> _errors = [];
    private List<DotnetServer> _copies = [];

    public static IReadOnlyList<string> Names { get; } = [Sqlite, Postgres, TwoCopies, Failover];

    public RedisServer Redis { get; } = new();

    public IReadOnlyList<DotnetServer> Copies => _copies;

    /// <summary>What may happen here; what is there more than once happens more often.</summary>
    public abstract IReadOnlyList<Disaster> Disasters { get; }

    /// <summary>What the service logged as errors; the first of them.</summary>
    public IReadOnlyList<string> Errors => _errors;

    protected static CurrencyTable Currencies { get; } = new([new Currency("SGD", 0, 999_999)]);

    public static ChaosBed Create(string store) => store switch
    {
        Sqlite => new SqliteBed(),
        Postgres => new PostgresBed(copies: 1),
        TwoCopies => new PostgresBed(copies: 2),
        Failover => new FailoverBed(),
        _ => throw new ArgumentOutOfRangeException(nameof(store), store, "There is no such store."),
    };

    /// <summary>Starts everything; the service itself only after it was killed a few times while it made its database.</summary>
    /// <param name="random">Makes the choices.</param>
    /// <param name="progress">Is told what is done.</param>
    /// <param name="cancellationToken">Gives up between two steps: what was begun is known, and can be ended.</param>
    /// <returns>How many times it was killed.</returns>
    public async Task<int> StartAsync(Random random, Action<string> progress, CancellationToken cancellationToken)
    {
        progress("starting Redis and the database");
        await Redis.InitializeAsync();
        var settings = await StartDatabaseAsync();
        cancellationToken.ThrowIfCancellationRequested();
        _copies = [.. Enumerable.Range(0, CopiesCount).Select(_ => new DotnetServer(
            "wallet.dll",
            ["--ConnectionStrings:Redis", Redis.ConnectionString, "--Logging:LogLevel:Default", "Warning", .. settings],
            new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Production" }))];
        for (var i = 0; i < FirstStartKills; i++)
        {
            progress("killing the service at its first start");
            await KillWhileStartingAsync(AnyCopy(random), random);
            cancellationToken.ThrowIfCancellationRequested();
        }

        progress("starting the service");
        await Task.WhenAll(_copies.Select(static copy => copy.StartAsync()));
        return FirstStartKills;
    }

    /// <summary>Stops the copies of the service, as a supervisor does.</summary>
    public async Task StopServicesAsync(Oracle oracle)
    {
        foreach (var copy in _copies)
            await StopAsync(copy, oracle);
    }

    /// <summary>The database, without the service between.</summary>
    public abstract ILedgerStore OpenStore();

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var copy in _copies)
            await copy.DisposeAsync();
        await Redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected virtual int CopiesCount => 1;

    /// <returns>The settings that lead the service to it.</returns>
    protected abstract Task<IReadOnlyList<string>> StartDatabaseAsync();

    protected DotnetServer AnyCopy(Random random) => _copies[random.Next(_copies.Count)];

    protected Disaster ServiceKilled => new("service killed", async random =>
    {
        var copy = AnyCopy(random);
        await KillAsync(copy);
        await copy.StartAsync();
    });

    protected Disaster KilledWhileStarting => new("service killed again at its start", async random =>
    {
        var copy = AnyCopy(random);
        await KillAsync(copy);
        await KillWhileStartingAsync(copy, random);
        await copy.StartAsync();
    });

    /// <summary>A stop in order, which must leave nothing open.</summary>
    /// <param name="oracle">Is told where the service did not stop in order.</param>
    public Disaster ServiceStopped(Oracle oracle) => new("service stopped (SIGTERM)", async random =>
    {
        var copy = AnyCopy(random);
        await StopAsync(copy, oracle);
        await copy.StartAsync();
    });

    protected async Task KillAsync(DotnetServer copy)
    {
        await copy.KillAsync();
        KeepErrors(copy);
    }

    private async Task KillWhileStartingAsync(DotnetServer copy, Random random)
    {
        await copy.LaunchAsync();
        await Task.Delay(StartTime * random.NextDouble());
        await KillAsync(copy);
    }

    private async Task StopAsync(DotnetServer copy, Oracle oracle)
    {
        await copy.TerminateAsync();
        KeepErrors(copy);
        if (copy.ExitCode != 0)
            oracle.Contradict(Fault.StopFailed, $"The service ended with {copy.ExitCode} when it was told to stop:\n{copy.Output}");
    }

    /// <summary>Its log is a JSON document a line. That it could not serve for a while is what is asked of it here.</summary>
    private void KeepErrors(DotnetServer copy)
    {
        foreach (var line in copy.Output.Split('\n').Where(static line => line.StartsWith('{')))
        {
            var entry = JsonSerializer.Deserialize<JsonElement>(line);
            if (_errors.Count < ErrorsMax
                && entry.GetProperty("LogLevel").GetString() is "Error" or "Critical"
                && !Expected.Any(entry.GetProperty("Category").GetString()!.EndsWith))
            {
                _errors.Add(line);
            }
        }
    }
}
