using Microsoft.Extensions.Logging.Abstractions;
using Wallet.Servers;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Postgres;

namespace Wallet.Chaos.Beds;

/// <summary>One copy of the service on a PostgreSQL with a synchronous standby under pg_auto_failover.</summary>
internal sealed class FailoverBed : ChaosBed
{
    private readonly FailoverCluster _cluster = new();

    public override IReadOnlyList<Disaster> Disasters => [PrimaryKilled, PrimaryKilled, PrimaryFrozen, SwitchedOver, StandbyKilled, ServiceKilled];

    private Disaster PrimaryKilled => new("primary killed", async _ => await _cluster.KillPrimaryAsync()) { RestoreAsync = _cluster.ReturnAsync };

    private Disaster PrimaryFrozen => new("primary frozen, and back after the failover", async _ => await _cluster.FreezePrimaryAsync()) { RestoreAsync = _cluster.ReturnAsync };

    private Disaster SwitchedOver => new("primary and standby switched", async _ => await _cluster.SwitchOverAsync());

    private Disaster StandbyKilled => new("standby killed", async _ => await _cluster.KillStandbyAsync()) { RestoreAsync = _cluster.ReturnAsync };

    public override ILedgerStore OpenStore() => new PostgresLedgerStore(_cluster.ConnectionString, Currencies, snapshotsMax: 1_000, NullLoggerFactory.Instance);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    protected override async Task<IReadOnlyList<string>> StartDatabaseAsync()
    {
        await _cluster.InitializeAsync();
        return ["--ConnectionStrings:Wallet", _cluster.ConnectionString];
    }
}
