using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Tests.Model;

/// <summary>
/// The rules alone: a ledger in dictionaries that keeps whatever the planner says, with no backstop of its own. The planner sees only what
/// the commands name. A test that plants a fault overrides one of the steps.
/// </summary>
internal class MemoryLedgerStore(CurrencyTable currencies) : ILedgerStore
{
    private readonly BatchPlanner _planner = new(currencies);
    private readonly Lock _lock = new();
    private readonly SortedDictionary<long, Account> _accounts = [];
    private readonly Dictionary<long, List<Entry>> _entries = [];
    private readonly Dictionary<Guid, Transfer> _transfers = [];
    private readonly Dictionary<Guid, RecordedOpening> _openings = [];

    public string Name => "memory";

    public int WritersMax => 1;

    public Task MigrateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WhenWritableAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<Decision>> CommitAsync(IReadOnlyList<TransferCommand> commands, DateTime now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var named = commands.SelectMany(c => new[] { c.PayerId, c.PayeeId }).ToHashSet();
            var ids = commands.Select(c => c.Id).ToHashSet();
            var snapshot = new LedgerSnapshot(
                [.. _accounts.Values.Where(a => named.Contains(a.Id))], [.. _transfers.Values.Where(t => ids.Contains(t.Id))]);
            var plan = Plan(snapshot, commands, now);
            foreach (var transfer in plan.Transfers)
                _transfers[transfer.Id] = transfer;
            foreach (var entry in plan.Entries)
                _entries[entry.AccountId].Add(entry);
            foreach (var change in plan.Changes)
                _accounts[change.After.Id] = change.After;
            return Task.FromResult(plan.Decisions);
        }
    }

    public Task<OpeningDecision> OpenAccountAsync(OpenAccountCommand command, DateTime now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var owned = OwnedBy(command.UserId);
            if (AccountOpening.Settle(command, currencies, owned, FindOpening(command)) is { } settled)
                return Task.FromResult(settled);

            var isSystem = command.Kind == AccountKind.System;
            var id = _accounts.Keys.Where(i => i < 1_000 == isSystem).DefaultIfEmpty(isSystem ? 0 : 999).Max() + 1;
            var account = AccountOpening.Open(command, id, now);
            _accounts.Add(id, account);
            _entries.Add(id, []);
            _openings[command.RequestId] = new RecordedOpening(command.Fingerprint, id);
            return Task.FromResult(new OpeningDecision(Outcome.Done, IsReplay: false, account));
        }
    }

    public virtual Task<IReadOnlyList<Account>> FindAccountsAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        lock (_lock)
            return Task.FromResult<IReadOnlyList<Account>>([.. _accounts.Values.Where(a => ids.Contains(a.Id))]);
    }

    public virtual Task<IReadOnlyList<Account>> ListAccountsAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        lock (_lock)
            return Task.FromResult<IReadOnlyList<Account>>([.. _accounts.Values.Where(a => userIds.Contains(a.UserId))]);
    }

    public Task<Transfer?> FindTransferAsync(Guid id, CancellationToken cancellationToken)
    {
        lock (_lock)
            return Task.FromResult(_transfers.GetValueOrDefault(id));
    }

    public virtual Task<IReadOnlyList<IReadOnlyList<Entry>>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken)
    {
        // By their places and not by their numbers, so that a wrong number shows.
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<IReadOnlyList<Entry>>>(
                [.. ranges.Select(r => _entries[r.AccountId].Skip((int)r.BeginSeq - 1).Take((int)(r.EndSeq - r.BeginSeq)).Reverse().ToList())]);
        }
    }

    public virtual Task<EntryPage> FindEntriesAsync(EntryQuery query, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var all = Enumerable.Reverse(_entries[query.AccountId])
                .Where(e => !(e.Seq >= query.BeforeSeq) && !(e.CreatedAt < query.From) && !(e.CreatedAt >= query.To))
                .Where(e => query.Direction is null || (query.Direction == EntryDirection.In) == (e.Amount > 0))
                .ToList();
            var page = all.Take(query.Limit).ToList();
            return Task.FromResult(new EntryPage(page, all.Count > page.Count ? page[^1].Seq : null));
        }
    }

    public Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>As an operator with a console would.</summary>
    public Task ChangeAsync(long id, AccountStatus status, long held)
    {
        lock (_lock)
            _accounts[id] = _accounts[id] with { Status = status, Held = held, Version = _accounts[id].Version + 1 };
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected virtual BatchPlan Plan(LedgerSnapshot snapshot, IReadOnlyList<TransferCommand> commands, DateTime now) =>
        _planner.Plan(snapshot, commands, now);

    protected virtual IReadOnlyCollection<Account> OwnedBy(string userId) => [.. _accounts.Values.Where(a => a.UserId == userId)];

    protected virtual RecordedOpening? FindOpening(OpenAccountCommand command) =>
        _openings.TryGetValue(command.RequestId, out var opening) ? opening : null;
}
