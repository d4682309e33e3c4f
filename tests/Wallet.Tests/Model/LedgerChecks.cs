using System.Numerics;
using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Tests.Model;

/// <summary>One answer of the ledger beside that of the model.</summary>
internal sealed record AnswerPair(string Of, object? Expected, object? Actual);

/// <summary>What is looked at after a step.</summary>
/// <param name="Store">Where it is read.</param>
/// <param name="Model">What it must be.</param>
/// <param name="Answers">What came of the step.</param>
/// <param name="Acknowledged">The transfers that the ledger said are posted, by id.</param>
/// <param name="Refused">The ids under which it refused.</param>
/// <param name="Random">Draws what is asked.</param>
internal sealed record LedgerView(
    ILedgerStore Store,
    LedgerModel Model,
    IReadOnlyList<AnswerPair> Answers,
    IReadOnlyDictionary<Guid, Transfer> Acknowledged,
    IReadOnlySet<Guid> Refused,
    Random Random)
{
    /// <summary>The accounts as the store has them.</summary>
    public IReadOnlyList<Account> Accounts { get; private set; } = [];

    /// <summary>The whole history of each account as the store has it, oldest first.</summary>
    public IReadOnlyDictionary<long, IReadOnlyList<Entry>> Entries { get; private set; } = new Dictionary<long, IReadOnlyList<Entry>>();

    public IEnumerable<Entry> AllEntries => Entries.Values.SelectMany(e => e);

    public async Task ReadAsync()
    {
        Accounts = await Store.FindAccountsAsync([.. Model.Accounts.Select(a => a.Id)], CancellationToken.None);
        var ranges = Accounts.Where(a => a.EntryCount > 0).Select(a => new EntryRange(a.Id, 1, a.EntryCount + 1)).ToList();
        var read = ranges.Count == 0 ? [] : await Store.ReadEntriesAsync(ranges, CancellationToken.None);
        var entries = Accounts.ToDictionary(a => a.Id, _ => (IReadOnlyList<Entry>)[]);
        foreach (var (range, newestFirst) in ranges.Zip(read))
            entries[range.AccountId] = [.. newestFirst.Reverse()];
        Entries = entries;
    }
}

/// <summary>Some checks did not hold; the message names each.</summary>
internal sealed class ChecksFailedException(IReadOnlyList<(string Check, Exception Why)> failed)
    : Exception(string.Join(Environment.NewLine, failed.Select(f => $"{f.Check}: {f.Why.Message}")))
{
    public IReadOnlySet<string> Checks { get; } = failed.Select(f => f.Check).ToHashSet();
}

/// <summary>All that must hold after each step: the <see cref="Invariants"/>, and what the model says.</summary>
internal static class LedgerChecks
{
    public static readonly IReadOnlyList<Func<LedgerView, Task>> All =
    [
        .. Invariants.All.Select(invariant => (Func<LedgerView, Task>)(view => { invariant(view); return Task.CompletedTask; })),
        .. Comparison.All,
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Invariants.All.Select(i => i.Method.Name), .. Comparison.All.Select(c => c.Method.Name)];

    /// <summary>Runs every check, also where an earlier one fails.</summary>
    /// <exception cref="ChecksFailedException">Some failed.</exception>
    public static async Task RunAsync(LedgerView view)
    {
        await view.ReadAsync();
        var failed = new List<(string, Exception)>();
        foreach (var (name, check) in Names.Zip(All))
        {
            try
            {
                await check(view);
            }
            catch (Exception e)
            {
                failed.Add((name, e));
            }
        }

        if (failed.Count > 0)
            throw new ChecksFailedException(failed);
    }
}

/// <summary>What holds in every ledger at every moment, whatever was asked of it. Nothing here asks the model.</summary>
internal static class Invariants
{
    public static readonly IReadOnlyList<Action<LedgerView>> All =
    [
        SumsAreZeroPerCurrency, BalancesAreTheSumsOfTheirEntries, EachBalanceAfterFollowsFromTheOneBefore, NoUserHasLessThanNothingToSpend,
        SequencesHaveNoGap, TimesNeverGoBack, ChainsAreIntact, PostingsOfATransferSumToZeroInOneCurrency,
        AcknowledgedTransfersAreThereExactlyOnce, RefusalsLeaveNoTrace,
    ];

    private static BigInteger Sum(IEnumerable<long> amounts) => amounts.Aggregate(BigInteger.Zero, (sum, amount) => sum + amount);

    private static void SumsAreZeroPerCurrency(LedgerView view) =>
        Assert.All(view.Accounts.GroupBy(a => a.Currency), currency => Assert.Equal(0, Sum(currency.Select(a => a.Balance))));

    private static void BalancesAreTheSumsOfTheirEntries(LedgerView view) =>
        Assert.All(view.Accounts, account => Assert.Equal(account.Balance, Sum(view.Entries[account.Id].Select(e => e.Amount))));

    private static void EachBalanceAfterFollowsFromTheOneBefore(LedgerView view) => Assert.All(view.Entries.Values, entries =>
    {
        var balance = BigInteger.Zero;
        foreach (var entry in entries)
            Assert.Equal(balance += entry.Amount, entry.BalanceAfter);
    });

    private static void NoUserHasLessThanNothingToSpend(LedgerView view) =>
        Assert.All(view.Accounts.Where(a => a.Kind == AccountKind.User), a => Assert.True((BigInteger)a.Balance - a.Held >= 0, $"{a.Balance} less {a.Held} held"));

    private static void SequencesHaveNoGap(LedgerView view) => Assert.All(view.Accounts, account =>
        Assert.Equal(Enumerable.Range(1, (int)account.EntryCount).Select(i => (long)i), view.Entries[account.Id].Select(e => e.Seq)));

    private static void TimesNeverGoBack(LedgerView view) => Assert.All(view.Accounts, account =>
    {
        var times = view.Entries[account.Id].Select(e => e.CreatedAt).Prepend(account.CreatedAt).ToList();
        Assert.Equal(times.Order(), times);
        Assert.Equal(times[^1], account.ChangedAt);
    });

    private static void ChainsAreIntact(LedgerView view) => Assert.All(view.Accounts, account =>
    {
        var verifier = new ChainVerifier(account);
        Assert.All(view.Entries[account.Id], entry => Assert.Equal(ChainFault.None, verifier.Follow(entry)));
        Assert.Equal(ChainFault.None, verifier.Finish());
    });

    private static void PostingsOfATransferSumToZeroInOneCurrency(LedgerView view)
    {
        var currencies = view.Accounts.ToDictionary(a => a.Id, a => a.Currency);
        Assert.All(view.AllEntries.GroupBy(e => e.TransferId), postings =>
        {
            Assert.Equal(0, Sum(postings.Select(p => p.Amount)));
            Assert.Single(postings.Select(p => currencies[p.AccountId]).Distinct());
        });
    }

    private static void AcknowledgedTransfersAreThereExactlyOnce(LedgerView view)
    {
        var postings = view.AllEntries.ToLookup(e => e.TransferId);
        Assert.All(view.Acknowledged.Values, t => Assert.Equal(
            [(t.PayerId!.Value, t.PayerSeq!.Value, -t.Amount), (t.PayeeId!.Value, t.PayeeSeq!.Value, t.Amount)],
            postings[t.Id].OrderBy(p => p.Amount).Select(p => (p.AccountId, p.Seq, p.Amount))));
        Assert.All(postings, p => Assert.Contains(p.Key, view.Acknowledged));
    }

    private static void RefusalsLeaveNoTrace(LedgerView view) => Assert.DoesNotContain(view.AllEntries, e => view.Refused.Contains(e.TransferId));
}

/// <summary>What the ledger answers beside what the model says.</summary>
internal static class Comparison
{
    private const int PagesPerStep = 3;

    public static readonly IReadOnlyList<Func<LedgerView, Task>> All =
    [
        AnswersAreTheModels, AccountsAreTheModels, EntriesAreTheModels, TransfersAreFoundByTheirIds, AccountListsAreTheModels, PagesAreTheModels, RangesAreTheModels,
    ];

    private static Task AnswersAreTheModels(LedgerView view)
    {
        Assert.All(view.Answers, answer => Assert.Equal(answer.Expected, answer.Actual));
        return Task.CompletedTask;
    }

    private static Task AccountsAreTheModels(LedgerView view)
    {
        Assert.Equal(
            view.Model.Accounts.OrderBy(a => a.Id).Select(Figures),
            view.Accounts.OrderBy(a => a.Id).Select(Figures));
        return Task.CompletedTask;
    }

    private static Task EntriesAreTheModels(LedgerView view)
    {
        Assert.All(view.Model.Accounts, account => Assert.Equal(account.Lines, view.Entries[account.Id].Select(Line)));
        return Task.CompletedTask;
    }

    private static async Task TransfersAreFoundByTheirIds(LedgerView view)
    {
        // The latest and some of the earlier ones; what was recorded stays as it is.
        var earlier = view.Random.GetItems(view.Model.Transfers.Append(null).ToArray(), 3).OfType<Transfer>();
        foreach (var transfer in view.Model.Transfers.TakeLast(16).Concat(earlier))
            Assert.Equal(transfer, await view.Store.FindTransferAsync(transfer.Id, CancellationToken.None));
        var unrecorded = view.Answers.Select(a => a.Actual).OfType<ModelAnswer>().Where(a => a.Transfer is not null && view.Model.FindTransfer(a.Transfer.Id) is null);
        Assert.Empty(unrecorded);
        Assert.Null(await view.Store.FindTransferAsync(Guid.NewGuid(), CancellationToken.None));
    }

    private static async Task AccountListsAreTheModels(LedgerView view)
    {
        var owners = view.Model.Accounts.Select(a => a.UserId).Distinct().Append("a stranger").ToArray();
        var asked = view.Random.GetItems(owners, view.Random.Next(1, owners.Length)); // some perhaps twice
        var found = await view.Store.ListAccountsAsync(asked, CancellationToken.None);
        Assert.Equal(view.Model.Accounts.Where(a => asked.Contains(a.UserId)).OrderBy(a => a.Id).Select(Figures), found.Select(Figures));

        var ids = view.Random.GetItems(view.Model.Accounts.Select(a => a.Id).Append(long.MaxValue - 7).ToArray(), 4);
        var byId = await view.Store.FindAccountsAsync(ids, CancellationToken.None);
        Assert.Equal(view.Model.Accounts.Where(a => ids.Contains(a.Id)).OrderBy(a => a.Id).Select(Figures), byId.OrderBy(a => a.Id).Select(Figures));
    }

    /// <summary>Follows random queries from page to page.</summary>
    private static async Task PagesAreTheModels(LedgerView view)
    {
        for (var i = 0; i < PagesPerStep; i++)
        {
            var account = view.Model.Accounts[view.Random.Next(Math.Min(view.Model.Accounts.Count, 10))];
            var query = RandomQuery(account, view.Random);
            var expected = account.History(query).ToList();
            var actual = new List<ModelLine>();
            for (long? before = query.BeforeSeq; ;)
            {
                var page = await view.Store.FindEntriesAsync(query with { BeforeSeq = before }, CancellationToken.None);
                Assert.InRange(page.Entries.Count, 0, query.Limit);
                actual.AddRange(page.Entries.Select(Line));
                if (page.NextBeforeSeq is not { } next)
                    break;
                Assert.True(before is null || next < before, $"The page before {before} leads to {next}.");
                before = next;
            }

            Assert.Equal(expected, actual);
        }
    }

    /// <summary>Reads random ranges together.</summary>
    private static async Task RangesAreTheModels(LedgerView view)
    {
        var ranges = view.Model.Accounts.Take(10).Where(a => a.Lines.Count > 0).Select(account =>
        {
            var begin = view.Random.Next(1, account.Lines.Count + 1);
            return new EntryRange(account.Id, begin, view.Random.Next(begin + 1, account.Lines.Count + 2));
        }).ToList();
        if (ranges.Count == 0)
            return;

        var read = await view.Store.ReadEntriesAsync(ranges, CancellationToken.None);
        Assert.Equal(
            ranges.Select(r => view.Model.Account(r.AccountId).Lines.Where(l => l.Seq >= r.BeginSeq && l.Seq < r.EndSeq).Reverse()),
            read.Select(entries => entries.Select(Line)));
    }

    private static EntryQuery RandomQuery(ModelAccount account, Random random)
    {
        return new EntryQuery
        {
            AccountId = account.Id,
            BeforeSeq = random.Next(3) == 0 ? random.Next(-1, account.Lines.Count + 3) : null,
            Direction = random.Next(4) switch { 0 => EntryDirection.In, 1 => EntryDirection.Out, _ => null },
            From = random.Next(3) == 0 ? SomeTime() : null,
            To = random.Next(3) == 0 ? SomeTime() : null,
            Limit = random.Next(1, 12),
        };

        // That of an entry, or a microsecond beside it.
        DateTime SomeTime() =>
            random.GetItems(account.Lines.Select(l => l.CreatedAt).Append(account.CreatedAt).ToArray(), 1)[0].AddMicroseconds(random.Next(-1, 2));
    }

    private static object Figures(ModelAccount a) => (
        (a.Id, a.UserId, a.Name, a.Currency, a.IsSystem, a.CreatedAt), a.Status, (long)a.Balance, a.Held, a.Version, (long)a.Lines.Count, a.ChangedAt);

    private static object Figures(Account a) => (
        (a.Id, a.UserId, a.Name, a.Currency, a.Kind == AccountKind.System, a.CreatedAt), a.Status, a.Balance, a.Held, a.Version, a.EntryCount, a.ChangedAt);

    private static ModelLine Line(Entry e) =>
        new(e.AccountId, e.Seq, e.TransferId, e.Kind, e.Amount, e.BalanceAfter, e.CounterpartyId, e.Message, e.CreatedAt);
}
