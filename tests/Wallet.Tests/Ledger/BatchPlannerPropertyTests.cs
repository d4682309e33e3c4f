using System.Numerics;
using CsCheck;
using Wallet.Ledger;

namespace Wallet.Tests.Ledger;

/// <summary>
/// What holds after every batch of any history. Each run draws new histories; a failure prints the smallest that fails and its seed, and
/// the environment variable <c>CsCheck_Seed</c> brings it back.
/// </summary>
public sealed class BatchPlannerPropertyTests
{
    private const int Histories = 500;

    private static readonly Gen<(Chapter[], int)> GenHistoryAndBatchSize = Gen.Select(LedgerHistory.Random, Gen.Int[1, 16]);

    /// <summary>Gives the property each batch with the state after it.</summary>
    private static void AfterEveryBatch(Action<LedgerRun, BatchPlan> holds) => GenHistoryAndBatchSize.Sample(
        (history, batchSize) =>
        {
            var run = new LedgerRun();
            foreach (var chapter in history)
            {
                run.Begin(chapter);
                foreach (var batch in chapter.Commands.Chunk(batchSize))
                    holds(run, run.Commit(batch));
            }
        },
        iter: Histories,
        print: Print);

    private static string Print((Chapter[] History, int BatchSize) sample) =>
        $"batches of {sample.BatchSize}{Environment.NewLine}{LedgerHistory.Print(sample.History)}";

    private static LedgerModel NewModel()
    {
        var model = new LedgerModel();
        foreach (var account in LedgerHistory.Accounts)
            model.Open(account.Id, account.UserId, account.Currency, account.Kind == AccountKind.System);
        return model;
    }

    private static LedgerModel ModelOf(Chapter[] history)
    {
        var model = NewModel();
        foreach (var chapter in history)
        {
            model.Begin(chapter);
            foreach (var command in chapter.Commands)
                model.Decide(command);
        }

        return model;
    }

    private static BigInteger Sum(IEnumerable<long> amounts) => amounts.Aggregate(BigInteger.Zero, (sum, amount) => sum + amount);

    [Fact]
    public void Every_decision_and_every_balance_is_that_of_the_naive_model() => GenHistoryAndBatchSize.Sample(
        (history, batchSize) =>
        {
            var (run, model) = (new LedgerRun(), NewModel());
            foreach (var chapter in history)
            {
                run.Begin(chapter);
                model.Begin(chapter);
                foreach (var batch in chapter.Commands.Chunk(batchSize))
                {
                    var expected = batch.Select(model.Decide).ToArray();
                    var plan = run.Commit(batch);

                    Assert.Equal(expected, plan.Decisions.Select(d => (d.Outcome, d.IsReplay)));
                    Assert.Equal(model.Balances, run.Accounts.Values.Select(a => (a.Id, (BigInteger)a.Balance)));
                }
            }
        },
        iter: Histories,
        print: Print);

    [Fact]
    public void Money_is_neither_made_nor_lost() => AfterEveryBatch((run, plan) =>
    {
        Assert.Equal(
            plan.Transfers.Where(t => t.Outcome == Outcome.Done).Select(t => t.Id),
            plan.Entries.Select(e => e.TransferId).Distinct());
        Assert.All(plan.Entries.GroupBy(e => e.TransferId), postings =>
        {
            Assert.Equal(0, Sum(postings.Select(p => p.Amount)));
            Assert.Single(postings.Select(p => run.Accounts[p.AccountId].Currency).Distinct());
        });
        Assert.All(run.Accounts.Values, account =>
            Assert.Equal(account.Balance, Sum(run.Entries.Where(e => e.AccountId == account.Id).Select(e => e.Amount))));
        Assert.All(run.Accounts.Values.GroupBy(a => a.Currency), c => Assert.Equal(0, Sum(c.Select(a => a.Balance))));
    });

    [Fact]
    public void No_user_has_less_than_nothing_to_spend() => AfterEveryBatch((run, _) =>
        Assert.All(run.Accounts.Values.Where(a => a.Kind == AccountKind.User), a => Assert.InRange(a.Available, 0, long.MaxValue)));

    [Fact]
    public void Every_chain_is_whole_and_ends_at_its_account() => AfterEveryBatch((run, _) =>
    {
        Assert.All(run.Accounts.Values, account =>
        {
            var entries = run.Entries.Where(e => e.AccountId == account.Id).ToList();
            var verifier = new ChainVerifier(account);

            Assert.Equal(Enumerable.Range(1, entries.Count).Select(i => (long)i), entries.Select(e => e.Seq));
            Assert.All(entries, e => Assert.Equal(ChainFault.None, verifier.Follow(e)));
            Assert.Equal(ChainFault.None, verifier.Finish());
        });
    });

    [Fact]
    public void An_answer_is_recorded_once_and_a_refusal_only_under_a_key() => GenHistoryAndBatchSize.Sample(
        (history, batchSize) =>
        {
            var run = LedgerRun.Of(history, batchSize);
            var recorded = run.Transfers.ToDictionary(t => t.Id); // throws where an id comes twice

            var commands = history.SelectMany(c => c.Commands);
            Assert.All(commands.Zip(run.Decisions), pair =>
            {
                var (command, decision) = pair;
                var transfer = recorded.GetValueOrDefault(command.Id);
                var isReused = decision.Outcome == Outcome.IdempotencyKeyReused;

                Assert.Equal(command.IsKeyed || decision.Outcome == Outcome.Done, transfer is not null);
                Assert.Same(isReused ? null : transfer, decision.Transfer);
                Assert.Equal(isReused, transfer is not null && transfer.Fingerprint != command.Fingerprint);
            });
        },
        iter: Histories,
        print: Print);

    [Fact]
    public void The_size_of_the_batches_decides_nothing() => GenHistoryAndBatchSize.Sample(
        (history, batchSize) =>
        {
            var (one, other) = (LedgerRun.Of(history, batchSize: 1), LedgerRun.Of(history, batchSize));

            Assert.Equal(one.Decisions, other.Decisions);
            Assert.Equal(one.Transfers, other.Transfers);
            Assert.Equal(one.Entries, other.Entries);
            // The version counts the writes of the row, and only those are fewer in larger batches.
            Assert.Equal(
                one.Accounts.Values.Select(a => a with { Version = 0 }),
                other.Accounts.Values.Select(a => a with { Version = 0 }));
        },
        iter: Histories,
        print: Print);

    /// <summary>Without this the properties above might hold because nothing interesting ever happens.</summary>
    [Fact]
    public void The_histories_reach_every_outcome_often()
    {
        const int Often = 25;
        var pcg = new PCG(1, 1); // the same histories every time
        var histories = Enumerable.Range(0, Histories).Select(_ => LedgerHistory.Random.Generate(pcg, null, out Size _)).ToArray();
        var decisions = histories.SelectMany(h => LedgerRun.Of(h, batchSize: 8).Decisions).ToArray();

        Assert.Equal(
            [
                Outcome.Done, Outcome.IdempotencyKeyReused, Outcome.CurrencyUnknown, Outcome.AmountOutOfRange, Outcome.PayerNotFound,
                Outcome.PayeeNotFound, Outcome.SelfTransfer, Outcome.CurrencyMismatch, Outcome.PayerFrozen, Outcome.PayerClosed,
                Outcome.PayeeUnavailable, Outcome.InsufficientFunds, Outcome.BalanceLimitExceeded,
            ],
            decisions.Where(d => !d.IsReplay).CountBy(d => d.Outcome).Where(o => o.Value >= Often).Select(o => o.Key).Order());
        Assert.InRange(decisions.Count(d => d.IsReplay && d.Outcome == Outcome.Done), Often, int.MaxValue);
        Assert.InRange(decisions.Count(d => d.IsReplay && d.Outcome != Outcome.Done), Often, int.MaxValue);
        Assert.InRange(histories.Sum(h => ModelOf(h).SeveralRefusals), Often, int.MaxValue);
    }
}
