using Wallet.Ledger;

namespace Wallet.Tests.Ledger;

/// <summary>Plans a history batch by batch and keeps what a store would. The planner sees only what the commands name.</summary>
internal sealed class LedgerRun
{
    private DateTime _now = LedgerSamples.Noon;

    public SortedDictionary<long, Account> Accounts { get; } = new(LedgerHistory.Accounts.ToDictionary(a => a.Id));

    public List<Transfer> Transfers { get; } = [];

    public List<Entry> Entries { get; } = [];

    public List<Decision> Decisions { get; } = [];

    public static LedgerRun Of(Chapter[] history, int batchSize)
    {
        var run = new LedgerRun();
        foreach (var chapter in history)
        {
            run.Begin(chapter);
            foreach (var batch in chapter.Commands.Chunk(batchSize))
                run.Commit(batch);
        }

        return run;
    }

    public void Begin(Chapter chapter)
    {
        _now = _now.AddTicks(chapter.ClockTicks);
        if (chapter.Status is { } change)
            Accounts[change.AccountId] = Accounts[change.AccountId] with { Status = change.Status };
        if (chapter.Hold is { } hold)
            Accounts[hold.AccountId] = Accounts[hold.AccountId] with { Held = Math.Min(hold.Amount, Accounts[hold.AccountId].Balance) };
    }

    public BatchPlan Commit(IReadOnlyList<TransferCommand> commands)
    {
        var named = commands.SelectMany(c => new[] { c.PayerId, c.PayeeId }).ToHashSet();
        var ids = commands.Select(c => c.Id).ToHashSet();
        var snapshot = new LedgerSnapshot(
            [.. Accounts.Values.Where(a => named.Contains(a.Id))],
            [.. Transfers.Where(t => ids.Contains(t.Id))]);
        var plan = LedgerSamples.Planner.Plan(snapshot, commands, _now);

        foreach (var (before, after) in plan.Changes)
        {
            Assert.Same(Accounts[after.Id], before);
            Assert.Equal(before.Version + 1, after.Version);
            Accounts[after.Id] = after;
        }

        Transfers.AddRange(plan.Transfers);
        Entries.AddRange(plan.Entries);
        Decisions.AddRange(plan.Decisions);
        return plan;
    }
}
