using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Tests.Model;

/// <summary>A mistake that the ledger could make, and the check that must see it.</summary>
/// <param name="Name">What goes wrong.</param>
/// <param name="CaughtBy">One of <see cref="LedgerChecks.Names"/>; others may see it too.</param>
internal sealed record PlantedFault(string Name, string CaughtBy)
{
    /// <summary>What the planner is told instead of the truth.</summary>
    public Func<LedgerSnapshot, IReadOnlyList<TransferCommand>, LedgerSnapshot>? Before { get; init; }

    /// <summary>What becomes of its plan.</summary>
    public Func<BatchPlan, LedgerSnapshot, BatchPlan>? After { get; init; }

    public Func<IReadOnlyCollection<Account>, IReadOnlyCollection<Account>>? Owned { get; init; }

    public Func<OpenAccountCommand, RecordedOpening?, RecordedOpening?>? Opening { get; init; }

    public Func<EntryQuery, EntryQuery>? Query { get; init; }

    public Func<EntryRange, EntryRange>? Range { get; init; }

    public Func<IReadOnlyList<Account>, IReadOnlyList<Account>>? Listed { get; init; }

    public override string ToString() => Name;

    public MemoryLedgerStore Plant() => new FaultyStore(this);

    private sealed class FaultyStore(PlantedFault fault) : MemoryLedgerStore(LedgerHistory.Currencies)
    {
        public override async Task<IReadOnlyList<Account>> ListAccountsAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
        {
            var accounts = await base.ListAccountsAsync(userIds, cancellationToken);
            return fault.Listed?.Invoke(accounts) ?? accounts;
        }

        public override Task<EntryPage> FindEntriesAsync(EntryQuery query, CancellationToken cancellationToken) =>
            base.FindEntriesAsync(fault.Query?.Invoke(query) ?? query, cancellationToken);

        public override Task<IReadOnlyList<IReadOnlyList<Entry>>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken) =>
            base.ReadEntriesAsync(fault.Range is { } range ? [.. ranges.Select(range)] : ranges, cancellationToken);

        protected override BatchPlan Plan(LedgerSnapshot snapshot, IReadOnlyList<TransferCommand> commands, DateTime now)
        {
            var plan = base.Plan(fault.Before?.Invoke(snapshot, commands) ?? snapshot, commands, now);
            return fault.After?.Invoke(plan, snapshot) ?? plan;
        }

        protected override IReadOnlyCollection<Account> OwnedBy(string userId) => fault.Owned?.Invoke(base.OwnedBy(userId)) ?? base.OwnedBy(userId);

        protected override RecordedOpening? FindOpening(OpenAccountCommand command) =>
            fault.Opening is { } opening ? opening(command, base.FindOpening(command)) : base.FindOpening(command);
    }
}

/// <summary>The mistakes that the checks are tried with.</summary>
internal static class PlantedFaults
{
    public static readonly IReadOnlyList<PlantedFault> All =
    [
        new("drops the payee's entry", "BalancesAreTheSumsOfTheirEntries")
        {
            After = (plan, _) => plan with { Entries = [.. plan.Entries.Where(e => e.Amount < 0)] },
        },
        new("posts twice on a replay", "AcknowledgedTransfersAreThereExactlyOnce")
        {
            Before = (snapshot, _) => snapshot with { Recorded = [] },
        },
        new("credits one too much", "SumsAreZeroPerCurrency")
        {
            After = (plan, snapshot) => Rebook(plan, snapshot, e => unchecked(e.Amount + (e.Amount > 0 ? 1 : 0))),
        },
        new("takes a fee that goes nowhere", "PostingsOfATransferSumToZeroInOneCurrency")
        {
            After = (plan, snapshot) => Rebook(plan, snapshot, e => unchecked(e.Amount - (e.Amount > 1 ? 1 : 0))),
        },
        new("lends what is not there", "NoUserHasLessThanNothingToSpend")
        {
            Before = (snapshot, _) => Pretend(snapshot, a => a.Balance < long.MaxValue - 50 ? a with { Balance = a.Balance + 50 } : a),
            After = (plan, snapshot) => Rebook(plan, snapshot, e => e.Amount),
        },
        new("spends what is held", "NoUserHasLessThanNothingToSpend")
        {
            Before = (snapshot, _) => Pretend(snapshot, a => a with { Held = 0 }),
            After = Restore,
        },
        new("writes a wrong balance after", "EachBalanceAfterFollowsFromTheOneBefore")
        {
            After = (plan, _) => plan with { Entries = [.. plan.Entries.Select(e => e.Amount > 0 ? e with { BalanceAfter = e.BalanceAfter - 1 } : e)] },
        },
        new("swaps payer and payee", "EntriesAreTheModels")
        {
            After = (plan, snapshot) => Rebook(plan, snapshot, e => -e.Amount),
        },
        new("forgets a refusal", "TransfersAreFoundByTheirIds")
        {
            After = (plan, _) => plan with { Transfers = [.. plan.Transfers.Where(t => t.Outcome == Outcome.Done)] },
        },
        new("uses a sequence number again", "SequencesHaveNoGap")
        {
            After = (plan, _) => plan with { Entries = [.. plan.Entries.Select(e => e.Seq > 2 ? e with { Seq = e.Seq - 1 } : e)] },
        },
        new("breaks the link of the chain", "ChainsAreIntact")
        {
            After = (plan, _) => plan with { Entries = [.. plan.Entries.Select(e => e with { Hash = HashChain.MessageDigest($"{e.Hash}") })] },
        },
        new("does not look at the currency", "SumsAreZeroPerCurrency")
        {
            Before = (snapshot, commands) => commands.Count == 0 ? snapshot : Pretend(snapshot, a => a with { Currency = commands[0].Currency }),
            After = Restore,
        },
        new("lets frozen and closed accounts pay", "AnswersAreTheModels")
        {
            Before = (snapshot, _) => Pretend(snapshot, a => a with { Status = AccountStatus.Active }),
            After = Restore,
        },
        new("goes back in time", "TimesNeverGoBack")
        {
            Before = (snapshot, _) => Pretend(snapshot, a => a with { ChangedAt = DateTime.MinValue }),
        },
        new("replays the answer of another request", "AnswersAreTheModels")
        {
            Before = (snapshot, commands) => snapshot with
            {
                Recorded = [.. snapshot.Recorded.Select(t => t with { Fingerprint = commands.First(c => c.Id == t.Id).Fingerprint })],
            },
        },
        new("loses the message", "EntriesAreTheModels")
        {
            After = (plan, _) => plan with { Entries = [.. plan.Entries.Select(e => e with { Message = null })] },
        },
        new("moves money although it refuses", "RefusalsLeaveNoTrace")
        {
            After = (plan, snapshot) => Rebook(plan with { Entries = [.. plan.Entries, .. plan.Transfers.SelectMany(t => PostingsOfRefused(t, snapshot))] }, snapshot, e => e.Amount),
        },
        new("loses the update of a row", "SumsAreZeroPerCurrency")
        {
            After = (plan, _) => plan with { Changes = [.. plan.Changes.SkipLast(1)] },
        },
        new("does not count a row's versions", "AccountsAreTheModels")
        {
            After = (plan, _) => plan with { Changes = [.. plan.Changes.Select(c => c with { After = c.After with { Version = c.Before.Version } })] },
        },
        new("forgets the request of an opening", "AnswersAreTheModels")
        {
            Opening = (_, _) => null,
        },
        new("opens more accounts than a user may have", "AnswersAreTheModels")
        {
            Owned = owned => [.. owned.Take(49)],
        },
        new("begins a page one too late", "PagesAreTheModels")
        {
            Query = query => query with { BeforeSeq = query.BeforeSeq - 1 },
        },
        new("counts the end of a period in", "PagesAreTheModels")
        {
            Query = query => query with { To = query.To?.AddMicroseconds(1) },
        },
        new("reads a range one too far back", "RangesAreTheModels")
        {
            Range = range => range with { BeginSeq = Math.Max(1, range.BeginSeq - 1) },
        },
        new("lists the newest account first", "AccountListsAreTheModels")
        {
            Listed = accounts => [.. accounts.Reverse()],
        },
    ];

    /// <summary>What a planner is told that takes every account for another.</summary>
    private static LedgerSnapshot Pretend(LedgerSnapshot snapshot, Func<Account, Account> change) =>
        snapshot with { Accounts = [.. snapshot.Accounts.Select(change)] };

    /// <summary>The plan with the true currency, status and holds of the accounts in it.</summary>
    private static BatchPlan Restore(BatchPlan plan, LedgerSnapshot truth) => plan with
    {
        Changes =
        [
            .. plan.Changes.Select(c =>
            {
                var before = truth.Accounts.Single(a => a.Id == c.Before.Id);
                return new AccountChange(before, c.After with { Currency = before.Currency, Status = before.Status, Held = before.Held });
            }),
        ],
    };

    /// <summary>The plan with other amounts, and with balances, numbers and hashes that follow from them: nothing else is wrong with it.</summary>
    private static BatchPlan Rebook(BatchPlan plan, LedgerSnapshot truth, Func<Entry, long> amount)
    {
        var now = truth.Accounts.ToDictionary(a => a.Id);
        var entries = new List<Entry>();
        foreach (var planned in plan.Entries)
        {
            var account = now[planned.AccountId];
            var entry = planned with
            {
                Seq = account.EntryCount + 1,
                Amount = amount(planned),
                BalanceAfter = unchecked(account.Balance + amount(planned)),
            };
            entry = entry with { Hash = HashChain.Link(account.Head, entry, HashChain.MessageDigest(entry.Message)) };
            now[account.Id] = account with { Balance = entry.BalanceAfter, EntryCount = entry.Seq, Head = entry.Hash, ChangedAt = entry.CreatedAt };
            entries.Add(entry);
        }

        return plan with
        {
            Entries = entries,
            Changes =
            [
                .. truth.Accounts.Where(a => now[a.Id] != a).OrderBy(a => a.Id).Select(a => new AccountChange(a, now[a.Id] with { Version = a.Version + 1 })),
            ],
        };
    }

    private static IEnumerable<Entry> PostingsOfRefused(Transfer transfer, LedgerSnapshot snapshot)
    {
        var known = snapshot.Accounts.Select(a => a.Id).ToHashSet();
        if (transfer.Outcome != Outcome.InsufficientFunds || transfer.PayerId is not { } payer || transfer.PayeeId is not { } payee || !known.Contains(payer) || !known.Contains(payee))
            return [];
        return [Posting(payer, payee, -transfer.Amount), Posting(payee, payer, transfer.Amount)];

        Entry Posting(long account, long counterparty, long amount) => new()
        {
            AccountId = account,
            Seq = 0,
            TransferId = transfer.Id,
            Kind = transfer.Kind,
            Amount = amount,
            BalanceAfter = 0,
            CounterpartyId = counterparty,
            Message = transfer.Message,
            CreatedAt = transfer.CreatedAt,
            Hash = default,
        };
    }
}
