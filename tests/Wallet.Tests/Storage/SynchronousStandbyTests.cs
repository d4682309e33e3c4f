using Microsoft.Extensions.Logging.Abstractions;
using Wallet.Ledger;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Postgres;
using Wallet.Tests.Servers;
using static Wallet.Tests.Storage.LedgerCommands;

namespace Wallet.Tests.Storage;

/// <summary>A PostgreSQL whose commits wait for a standby that is away.</summary>
public sealed class SynchronousStandbyTests : IAsyncLifetime
{
    private static readonly DateTime Noon = new(2030, 1, 31, 12, 0, 0, DateTimeKind.Utc);

    private readonly PostgresServer _postgres = new();
    private string _database = "";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _postgres.InitializeAsync();
        _database = await _postgres.CreateDatabaseAsync();
    }

    public ValueTask DisposeAsync() => _postgres.DisposeAsync();

    [Fact]
    public async Task A_commit_that_the_standby_has_not_confirmed_is_in_doubt_and_its_wait_is_never_cancelled()
    {
        await using var impatient = new PostgresLedgerStore(_database + ";Command Timeout=1", LedgerFixture.Currencies, NullLoggerFactory.Instance);
        await using var observer = new PostgresLedgerStore(_database, LedgerFixture.Currencies, NullLoggerFactory.Instance);
        await impatient.MigrateAsync(Cancel);
        var world = (await impatient.OpenAccountAsync(Opening("@world"), Noon, Cancel)).Account!;
        var user = (await impatient.OpenAccountAsync(Opening("user"), Noon, Cancel)).Account!;
        var deposit = Pay(world, user, 5);
        await _postgres.SetAsync("synchronous_standby_names", "nobody");

        var doubt = await Assert.ThrowsAsync<LedgerStoreException>(() => impatient.CommitAsync([deposit], Noon, Cancel));

        // Had the wait been cancelled, the transfer would be there now, on this server alone.
        Assert.Equal(StoreFailure.InDoubt, doubt.Failure);
        await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
        Assert.Null(await observer.FindTransferAsync(deposit.Id, Cancel));
        // Nor can anyone decide on the same accounts before it has ended.
        Assert.Equal(StoreFailure.Conflict, (await Assert.ThrowsAsync<LedgerStoreException>(() => observer.CommitAsync([deposit], Noon, Cancel))).Failure);

        await _postgres.SetAsync("synchronous_standby_names", "");
        var settled = Assert.Single(await observer.CommitUntilDecidedAsync([deposit], Noon, Cancel));

        Assert.Equal((Outcome.Done, true), (settled.Outcome, settled.IsReplay));
        Assert.Equal(5, (await observer.FindAccountAsync(user.Id, Cancel))!.Balance);
    }
}
