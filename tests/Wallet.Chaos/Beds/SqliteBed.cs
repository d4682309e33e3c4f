using Microsoft.Extensions.Logging.Abstractions;
using Wallet.Servers;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Sqlite;

namespace Wallet.Chaos.Beds;

/// <summary>One copy of the service on an embedded file.</summary>
internal sealed class SqliteBed : ChaosBed
{
    private readonly TemporaryFolder _folder = new();

    public override IReadOnlyList<Disaster> Disasters => [ServiceKilled, ServiceKilled, KilledWhileStarting];

    private string File => _folder.File("wallet.db");

    public override ILedgerStore OpenStore() => new SqliteLedgerStore(File, Currencies, NullLoggerFactory.Instance);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<IReadOnlyList<string>> StartDatabaseAsync() => Task.FromResult<IReadOnlyList<string>>(["--Wallet:SqliteFile", File]);
}
