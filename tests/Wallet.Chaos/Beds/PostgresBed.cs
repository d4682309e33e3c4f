using Microsoft.Extensions.Logging.Abstractions;
using Wallet.Servers;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Postgres;

namespace Wallet.Chaos.Beds;

/// <summary>One copy of the service or more on one PostgreSQL.</summary>
/// <param name="copies">How many.</param>
internal sealed class PostgresBed(int copies) : ChaosBed
{
    private readonly PostgresServer _server = new();
    private string _database = "";

    public override IReadOnlyList<Disaster> Disasters =>
    [
        ServiceKilled, ServiceKilled, KilledWhileStarting, ServerKilled, ServerKilled, BackendKilled,
        .. CopiesCount > 1 ? (Disaster[])[AllKilled] : [],
    ];

    protected override int CopiesCount => copies;

    private Disaster ServerKilled => new("PostgreSQL killed", async _ =>
    {
        await _server.KillAsync();
        await _server.StartAsync();
    });

    private Disaster BackendKilled => new("backend of PostgreSQL killed", async _ => await _server.KillBackendAsync());

    private Disaster AllKilled => new("all copies killed", async _ =>
    {
        await Task.WhenAll(Copies.Select(KillAsync));
        await Task.WhenAll(Copies.Select(static copy => copy.StartAsync()));
    });

    public override ILedgerStore OpenStore() => new PostgresLedgerStore(_database, Currencies, snapshotsMax: 1_000, NullLoggerFactory.Instance);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
    }

    protected override async Task<IReadOnlyList<string>> StartDatabaseAsync()
    {
        await _server.InitializeAsync();
        _database = await _server.CreateDatabaseAsync();
        return ["--ConnectionStrings:Wallet", _database];
    }
}
