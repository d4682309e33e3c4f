using CsCheck;
using Wallet.Ledger;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Model;

/// <summary>
/// Random histories, on the planner alone. Each run draws new ones; a failure prints its seed and a small history that fails,
/// and the environment variable <c>CsCheck_Seed</c> brings it back.
/// </summary>
public sealed class PlannerHistoryTests
{
    /// <summary>The same histories every time.</summary>
    internal static IEnumerable<Step[]> Fixed(int count)
    {
        var pcg = new PCG(1, 1);
        return Enumerable.Range(0, count).Select(_ => LedgerHistory.Random.Generate(pcg, null, out Size _));
    }

    internal static LedgerUnderTest InMemory(MemoryLedgerStore? store = null)
    {
        store ??= new MemoryLedgerStore(LedgerHistory.Currencies);
        return new LedgerUnderTest([store], store.ChangeAsync);
    }

    [Fact]
    public Task The_planner_does_what_the_model_says() => HistorySample.RunAsync(() => InMemory(), HistorySample.Count(usually: 300));

    [Fact]
    public Task The_size_of_the_batches_decides_nothing() => Gen.Select(LedgerHistory.Random, Gen.Int[1, 16]).SampleAsync(
        async (history, size) =>
        {
            var whole = await HistoryRun.OfAsync(InMemory(), history.Where(s => s is not Step.Again));
            var chunked = await HistoryRun.OfAsync(InMemory(), history.Where(s => s is not Step.Again).SelectMany(s => Chunked(s, size)));

            Assert.Equal(
                whole.Decisions.Select(d => (d.Outcome, d.IsReplay, d.Transfer?.PayerBalanceAfter, d.Transfer?.CreatedAt)),
                chunked.Decisions.Select(d => (d.Outcome, d.IsReplay, d.Transfer?.PayerBalanceAfter, d.Transfer?.CreatedAt)));
        },
        iter: HistorySample.Count(usually: 50));

    /// <summary>Without this the checks might hold because nothing interesting ever happens.</summary>
    [Fact]
    public async Task The_histories_reach_every_outcome_often()
    {
        const int Often = 10;
        var runs = new List<HistoryRun>();
        foreach (var history in Fixed(500))
            runs.Add(await HistoryRun.OfAsync(InMemory(), history));
        var decisions = runs.SelectMany(r => r.Decisions).ToList();
        var openings = runs.SelectMany(r => r.Openings).ToList();

        Assert.Equal(
            Enum.GetValues<Outcome>(),
            decisions.Select(d => (d.Outcome, d.IsReplay)).Concat(openings).Where(d => !d.IsReplay)
                .CountBy(d => d.Outcome).Where(o => o.Value >= Often).Select(o => o.Key).Order());
        Assert.InRange(decisions.Count(d => d.IsReplay && d.Outcome == Outcome.Done), Often, int.MaxValue);
        Assert.InRange(decisions.Count(d => d.IsReplay && d.Outcome != Outcome.Done), Often, int.MaxValue);
        Assert.InRange(openings.Count(o => o.IsReplay), Often, int.MaxValue);
        Assert.InRange(openings.Count(o => o.Outcome == Outcome.IdempotencyKeyReused), Often, int.MaxValue);
        Assert.InRange(runs.Sum(r => r.Model.SeveralRefusals), Often, int.MaxValue);
        Assert.InRange(runs.Count(r => r.Model.Accounts.Any(a => a.Balance > long.MaxValue - 1_000)), Often, int.MaxValue);
    }

    private static IEnumerable<Step> Chunked(Step step, int size) => step is Step.Batch { Orders.Count: > 0 } batch
        ? batch.Orders.Chunk(size).Select((orders, i) => new Step.Batch(i == 0 ? batch.ClockTicks : 0, orders))
        : [step];
}

/// <summary>Random histories on a store, and on two stores that take turns on one database.</summary>
public abstract class StoreHistoryTests(LedgerFixture ledger)
{
    private const int HistoriesPerDatabase = 300; // each opens two of the 999 system accounts, and so does each attempt at a smaller one

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_store_does_what_the_model_says(int copies)
    {
        for (var left = HistorySample.Count(usually: 25); left > 0; left -= HistoriesPerDatabase)
        {
            await using var empty = await ledger.CreateEmptyAsync();
            var stores = Enumerable.Range(0, copies).Select(_ => empty.CreateStore(LedgerHistory.Currencies)).ToList();
            try
            {
                await stores[0].MigrateAsync(CancellationToken.None);
                var tested = new LedgerUnderTest(stores, (id, status, held) => empty.ExecuteAsync(
                    $"UPDATE accounts SET status = {(int)status}, held = {held}, version = version + 1 WHERE id = {id}"));
                await HistorySample.RunAsync(() => tested, Math.Min(left, HistoriesPerDatabase), threads: 1);
            }
            finally
            {
                foreach (var store in stores)
                    await store.DisposeAsync();
            }
        }
    }
}

public sealed class SqliteHistoryTests(SqliteLedger ledger) : StoreHistoryTests(ledger), IClassFixture<SqliteLedger>;

public sealed class PostgresHistoryTests(PostgresLedger ledger) : StoreHistoryTests(ledger), IClassFixture<PostgresLedger>;
