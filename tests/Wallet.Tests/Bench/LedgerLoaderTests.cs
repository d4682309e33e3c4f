using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Wallet.Bench.Data;
using Wallet.Ledger;
using Wallet.Service.Http;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Postgres;
using Wallet.Service.Storage.Sqlite;
using Wallet.Tests.Storage;
using static Wallet.Tests.Storage.LedgerCommands;

namespace Wallet.Tests.Bench;

/// <summary>A ledger that was filled in bulk is one like any other.</summary>
public abstract class LedgerLoaderContract : IAsyncLifetime
{
    private protected const long WorldId = 1; // the service opens one for each currency, by their codes
    private static readonly LoadPlan Plan = new() { Accounts = 300, TransfersPerAccount = 5, Currency = "EUR" };
    private static readonly long[] AllIds = [WorldId, .. Enumerable.Range(0, (int)Plan.Accounts).Select(static index => LoadPlan.AccountId(index))];

    private ILedgerStore? _store;

    private protected ILedgerStore Store => _store!;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await CreateDatabaseAsync();
        _store = CreateStore();
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Every_account_passes_the_audit()
    {
        await LoadAsync(Plan);

        var entries = await LedgerAudit.CheckAsync(Store, AllIds);
        Assert.Equal(2 * Plan.Transfers, entries.Count);
        Assert.Equal(0, (await Store.FindAccountsAsync(AllIds, Cancel)).Sum(static account => account.Balance));
        Assert.All(entries.GroupBy(static entry => entry.TransferId), static pair => Assert.Equal(0, pair.Sum(static entry => entry.Amount)));
    }

    [Fact]
    public async Task The_plan_says_every_row()
    {
        await LoadAsync(Plan);

        var world = await FindAsync(WorldId);
        var planned = new PlannedLedger(Plan, AccountOpening.Open(Opening("@world") with { Currency = Plan.Currency }, world.Id, Plan.Start));
        var entries = new HashSet<Entry>();
        foreach (var (transfer, payer, payee) in planned.Transfers())
        {
            Assert.Equal(transfer, await Store.FindTransferAsync(transfer.Id, Cancel));
            entries.UnionWith([payer, payee]);
        }

        Assert.Equal(planned.World, world);
        Assert.Equal(planned.Accounts, (await Store.FindAccountsAsync(AllIds[1..], Cancel)).OrderBy(static account => account.Id));
        Assert.True(entries.SetEquals(await LedgerAudit.CheckAsync(Store, AllIds)));
    }

    [Fact]
    public async Task The_ledger_goes_on_from_there()
    {
        await LoadAsync(Plan);
        var payer = await FindAsync(LoadPlan.AccountId(7));

        var opened = await Store.OpenAccountAsync(Opening("newcomer") with { Currency = Plan.Currency }, Plan.Start.AddYears(1), Cancel);
        Assert.Equal(LoadPlan.AccountId(Plan.Accounts), opened.Account?.Id);
        var decisions = await Store.CommitAsync(
            [Pay(payer, opened.Account!, 5) with { Currency = Plan.Currency, Message = "welcome" }, Pay(await FindAsync(WorldId), payer, 3) with { Currency = Plan.Currency }],
            Plan.Start.AddYears(1), Cancel);

        Assert.All(decisions, static decision => Assert.Equal(Outcome.Done, decision.Outcome));
        var page = await Store.FindEntriesAsync(new EntryQuery { AccountId = payer.Id, Limit = 5 }, Cancel);
        Assert.Equal([3, -5], page.Entries.Take(2).Select(static entry => entry.Amount));
        Assert.Equal("welcome", page.Entries[1].Message);
        Assert.Equal([13, 12, 11, 10, 9], page.Entries.Select(static entry => entry.Seq));
        await LedgerAudit.CheckAsync(Store, [.. AllIds, opened.Account!.Id]);
    }

    [Fact]
    public async Task Owners_and_requests_are_found()
    {
        await LoadAsync(Plan);
        var userId = LoadPlan.UserId(42);
        var again = Opening(userId) with { Currency = Plan.Currency };
        var requestId = RequestId.FromKey(userId, "load/open");

        Assert.Equal(LoadPlan.AccountId(42), Assert.Single(await Store.ListAccountsAsync([userId], Cancel)).Id);
        Assert.Equal(Outcome.AccountNameTaken, (await Store.OpenAccountAsync(again, Plan.Start, Cancel)).Outcome);
        var replay = await Store.OpenAccountAsync(again with { RequestId = requestId, Fingerprint = requestId }, Plan.Start, Cancel);
        Assert.Equal((Outcome.Done, true, LoadPlan.AccountId(42)), (replay.Outcome, replay.IsReplay, replay.Account!.Id));
    }

    [Fact]
    public async Task A_page_begins_far_back()
    {
        await LoadAsync(Plan);
        var query = new EntryQuery { AccountId = WorldId, Limit = 3 };
        var deposit = (await Store.FindEntriesAsync(query with { BeforeSeq = 101 }, Cancel)).Entries;

        Assert.Equal([100, 99, 98], deposit.Select(static entry => entry.Seq));
        Assert.Equal(99, (await Store.FindEntriesAsync(query with { To = deposit[0].CreatedAt }, Cancel)).Entries[0].Seq);
    }

    [Fact]
    public async Task A_ledger_with_accounts_of_users_is_refused()
    {
        await LoadAsync(Plan);
        await Assert.ThrowsAsync<LoadException>(() => LoadAsync(Plan));

        await LedgerAudit.CheckAsync(Store, AllIds);
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1, 1, 1_000)]
    [InlineData(2, 1, 99)]
    public async Task A_plan_that_cannot_be_is_refused(long accounts, int transfersPerAccount, long openingBalance) =>
        await Assert.ThrowsAsync<LoadException>(() => LoadAsync(
            new LoadPlan { Accounts = accounts, TransfersPerAccount = transfersPerAccount, OpeningBalance = openingBalance }));

    private protected async Task<Account> FindAsync(long id) => (await Store.FindAccountAsync(id, Cancel))!;

    private protected Task LoadAsync(LoadPlan plan) => LoadAsync(plan, new Quiet());

    private protected abstract Task LoadAsync(LoadPlan plan, IProgress<LoadProgress> progress);

    private protected abstract ILedgerStore CreateStore();

    protected abstract Task CreateDatabaseAsync();

    private sealed class Quiet : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value)
        {
        }
    }
}

public sealed class SqliteLedgerLoaderTests : LedgerLoaderContract
{
    private readonly TemporaryFolder _folder = new();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    private protected override Task LoadAsync(LoadPlan plan, IProgress<LoadProgress> progress) =>
        LedgerLoader.LoadSqliteAsync(_folder.File("wallet.db"), plan, progress, Cancel);

    private protected override ILedgerStore CreateStore() => new SqliteLedgerStore(_folder.File("wallet.db"), LedgerFixture.Currencies, NullLoggerFactory.Instance);

    protected override Task CreateDatabaseAsync() => Task.CompletedTask;
}

public sealed class PostgresLedgerLoaderTests(TestPostgres postgres) : LedgerLoaderContract
{
    // Everything about the ledger's tables that a migration can say.
    private const string ReadSchema =
        """
        WITH tables AS (SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S')),
        facts(fact) AS (
            SELECT concat_ws(' ', 'table', relname, reloptions, relpersistence, relacl, relreplident, relrowsecurity) FROM tables
            UNION ALL SELECT concat_ws(' ', 'column', attrelid::regclass, attnum, attname, atttypid::regtype, attnotnull, attisdropped, attstorage) FROM pg_attribute WHERE attnum > 0 AND attrelid IN (SELECT oid FROM tables)
            UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, contype, convalidated, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid IN (SELECT oid FROM tables)
            UNION ALL SELECT concat_ws(' ', 'index', indrelid::regclass, indisvalid, indisreplident, indisclustered, pg_get_indexdef(indexrelid)) FROM pg_index WHERE indrelid IN (SELECT oid FROM tables)
            UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid::regclass, tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT oid FROM tables)
        )
        SELECT fact FROM facts ORDER BY fact COLLATE "C"
        """;

    private string _connectionString = "";

    [Fact]
    public async Task The_schema_is_that_of_the_migrations()
    {
        await Store.MigrateAsync(Cancel);
        var before = await ReadSchemaAsync();

        await LoadAsync(new LoadPlan { Accounts = 10, TransfersPerAccount = 1 });

        Assert.Contains(before, static fact => fact.StartsWith("trigger entries O", StringComparison.Ordinal));
        Assert.Contains("index entries t f f CREATE UNIQUE INDEX entries_pkey ON public.entries USING btree (account_id, seq)", before);
        Assert.Equal(before, await ReadSchemaAsync());
    }

    [Theory]
    [InlineData("entries")]
    [InlineData("accounts: keys")]
    public async Task A_load_that_was_stopped_leaves_the_ledger_as_it_was(string stage)
    {
        await Store.MigrateAsync(Cancel);
        var before = await ReadSchemaAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => LoadAsync(new LoadPlan { Accounts = 100, Currency = "EUR" }, new Stop(stage)));

        Assert.Equal(before, await ReadSchemaAsync());
        Assert.Equal(0, (await FindAsync(WorldId)).EntryCount);
        await LoadAsync(new LoadPlan { Accounts = 10, Currency = "EUR" });
        Assert.Equal(1_000_000, (await FindAsync(LoadPlan.AccountId(9))).Balance);
    }

    private protected override Task LoadAsync(LoadPlan plan, IProgress<LoadProgress> progress) =>
        LedgerLoader.LoadPostgresAsync(_connectionString, plan, progress, Cancel);

    private protected override ILedgerStore CreateStore() => new PostgresLedgerStore(_connectionString, LedgerFixture.Currencies, snapshotsMax: 1_000, NullLoggerFactory.Instance);

    protected override async Task CreateDatabaseAsync() => _connectionString = await postgres.CreateDatabaseAsync();

    private async Task<List<string>> ReadSchemaAsync()
    {
        await using var source = NpgsqlDataSource.Create(_connectionString);
        await using var command = source.CreateCommand(ReadSchema);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var facts = new List<string>();
        while (await reader.ReadAsync(Cancel))
            facts.Add(reader.GetString(0));
        return facts;
    }

    /// <summary>Fails where a stage begins.</summary>
    private sealed class Stop(string stage) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value)
        {
            if (value.Stage == stage)
                throw new InvalidOperationException(stage);
        }
    }
}
