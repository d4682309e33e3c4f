using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Wallet.Ledger;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Postgres;
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
        await using var impatient = new PostgresLedgerStore(_database + ";Command Timeout=1", LedgerFixture.Currencies, snapshotsMax: 1_000, NullLoggerFactory.Instance);
        await using var observer = new PostgresLedgerStore(_database, LedgerFixture.Currencies, snapshotsMax: 1_000, NullLoggerFactory.Instance);
        await impatient.MigrateAsync(Cancel);
        var world = (await impatient.OpenAccountAsync(Opening("@world"), Noon, Cancel)).Account!;
        var user = (await impatient.OpenAccountAsync(Opening("user"), Noon, Cancel)).Account!;
        var deposit = Pay(world, user, 5);
        await LoseTheStandbyAsync();

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

    [Fact]
    public async Task Transactions_that_wait_for_a_standby_leave_connections_for_the_readers()
    {
        await using var store = new PostgresLedgerStore(_database + ";Command Timeout=1;Maximum Pool Size=4", LedgerFixture.Currencies, snapshotsMax: 1_000, NullLoggerFactory.Instance);
        await store.MigrateAsync(Cancel);
        var user = (await store.OpenAccountAsync(Opening("user"), Noon, Cancel)).Account!;
        await LoseTheStandbyAsync();

        var openings = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Record.ExceptionAsync(() => store.OpenAccountAsync(Opening($"user-{i}"), Noon, Cancel)).AsTask()));

        Assert.Equal(2, openings.Count(o => o is LedgerStoreException { Failure: StoreFailure.InDoubt }));
        Assert.Equal(4, openings.Count(o => o is LedgerStoreException { Failure: StoreFailure.Unavailable }));
        Assert.Equal(user, await store.FindAccountAsync(user.Id, Cancel));
        await store.CheckAsync(Cancel);

        await _postgres.SetAsync("synchronous_standby_names", "");
        await Eventually.AssertAsync(async () => Assert.Null(await Record.ExceptionAsync(() => store.OpenAccountAsync(Opening($"@{Guid.NewGuid():N}"), Noon, Cancel))));
    }

    /// <summary>Names a standby that does not exist, and waits until commits do wait for it: the setting takes a moment to arrive.</summary>
    private async Task LoseTheStandbyAsync()
    {
        await _postgres.SetAsync("synchronous_standby_names", "nobody");
        await using var source = NpgsqlDataSource.Create(_database + ";Command Timeout=1");
        for (var waited = TimeSpan.Zero; waited < TimeSpan.FromSeconds(0.9);)
        {
            var began = Stopwatch.StartNew();
            await using var probe = source.CreateCommand("SELECT pg_logical_emit_message(true, 'probe', '')"); // a commit that writes, and leaves nothing
            await probe.ExecuteNonQueryAsync(Cancel);
            waited = began.Elapsed;
        }
    }
}
