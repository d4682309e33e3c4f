using System.Collections.Concurrent;
using Wallet.Ledger;

namespace Wallet.Tests.Model;

/// <summary>Several accounts as one call of one reader gave them.</summary>
/// <param name="Reader">Who read; each reader reads one after the other.</param>
/// <param name="Accounts">What it was given.</param>
/// <param name="AtLeast">How many entries each account must have had: what this reader's own writes were acknowledged for before.</param>
internal sealed record BankRead(string Reader, IReadOnlyList<Account> Accounts, IReadOnlyDictionary<long, long> AtLeast);

/// <summary>
/// What clients of a ledger saw while they all worked at once, and whether there is an order of the transfers in which each of them saw the
/// truth. The chains that are there in the end are that order for each account.
/// </summary>
internal sealed class BankObservations
{
    public ConcurrentQueue<BankRead> Reads { get; } = [];

    /// <summary>Histories as readers saw them, from the first entry on.</summary>
    public ConcurrentQueue<IReadOnlyList<Entry>> Histories { get; } = [];

    /// <summary>Every answer, those of batches that were given twice among them.</summary>
    public ConcurrentQueue<Decision> Answers { get; } = [];

    /// <summary>Checks all that was seen.</summary>
    /// <param name="total">What the accounts that are read together have between them.</param>
    /// <param name="chains">Each account's entries in the end, oldest first.</param>
    public void Check(long total, IReadOnlyDictionary<long, IReadOnlyList<Entry>> chains)
    {
        TotalsAreThatOfTheBank(total);
        BalancesAreOfTheirChains(chains);
        HistoriesAreBeginningsOfTheirChains(chains);
        ReadersSeeNothingGoBack();
        ReadersSeeTheirOwnWrites();
        ReadsHoldTransfersWhole(chains);
        ReadsAreInOneOrder();
        AnswersAreInTheChainsOnce(chains);
    }

    private void TotalsAreThatOfTheBank(long total) => Assert.All(Reads, read => Assert.Equal(total, read.Accounts.Sum(a => a.Balance)));

    private void BalancesAreOfTheirChains(IReadOnlyDictionary<long, IReadOnlyList<Entry>> chains) => Assert.All(Reads.SelectMany(r => r.Accounts), account =>
    {
        var latest = chains[account.Id][(int)account.EntryCount - 1];
        Assert.Equal((latest.BalanceAfter, latest.Hash, latest.CreatedAt), (account.Balance, account.Head, account.ChangedAt));
    });

    private void HistoriesAreBeginningsOfTheirChains(IReadOnlyDictionary<long, IReadOnlyList<Entry>> chains) =>
        Assert.All(Histories, history => Assert.Equal(chains[history[0].AccountId].Take(history.Count), history));

    private void ReadersSeeNothingGoBack() => Assert.All(Reads.GroupBy(r => r.Reader), reader =>
        Assert.All(reader.Zip(reader.Skip(1)), pair => Assert.True(IsAtLeast(pair.Second, pair.First), $"{reader.Key} saw an account go back.")));

    private void ReadersSeeTheirOwnWrites() => Assert.All(Reads, read => Assert.All(read.Accounts, account =>
        Assert.True(account.EntryCount >= read.AtLeast.GetValueOrDefault(account.Id), $"{read.Reader} did not see its own write.")));

    /// <summary>Where both sides of a transfer are read in one call, both have it or neither has.</summary>
    private void ReadsHoldTransfersWhole(IReadOnlyDictionary<long, IReadOnlyList<Entry>> chains)
    {
        var transfers = chains.Values.SelectMany(e => e).GroupBy(e => e.TransferId).Select(t => t.ToArray()).Where(t => t.Length == 2).ToArray();
        Assert.All(Reads, read =>
        {
            var counts = read.Accounts.ToDictionary(a => a.Id, a => a.EntryCount);
            Assert.All(
                transfers.Where(t => t.All(e => counts.ContainsKey(e.AccountId))),
                sides => Assert.Equal(sides[0].Seq <= counts[sides[0].AccountId], sides[1].Seq <= counts[sides[1].AccountId]));
        });
    }

    /// <summary>Of any two reads of the same accounts one is not older in anything: all readers saw the transfers happen in the same order.</summary>
    private void ReadsAreInOneOrder()
    {
        var inOrder = Reads.OrderBy(r => r.Accounts.Sum(a => a.EntryCount)).ToList();
        Assert.All(inOrder.Zip(inOrder.Skip(1)), pair => Assert.True(IsAtLeast(pair.Second, pair.First), $"{pair.First.Reader} and {pair.Second.Reader} saw different orders."));
    }

    private void AnswersAreInTheChainsOnce(IReadOnlyDictionary<long, IReadOnlyList<Entry>> chains)
    {
        var postings = chains.Values.SelectMany(e => e).ToLookup(e => e.TransferId);
        Assert.All(Answers.GroupBy(a => a.Transfer!.Id), answers =>
        {
            var transfer = Assert.Single(answers.Select(a => a.Transfer!).Distinct());
            Assert.Single(answers, a => !a.IsReplay);
            Assert.Equal(
                transfer.Outcome == Outcome.Done ? [(transfer.PayerId, transfer.PayerSeq, -transfer.Amount), (transfer.PayeeId, transfer.PayeeSeq, transfer.Amount)] : [],
                postings[transfer.Id].OrderBy(p => p.Amount).Select(p => ((long?)p.AccountId, (long?)p.Seq, p.Amount)));
        });
    }

    private static bool IsAtLeast(BankRead later, BankRead earlier)
    {
        var counts = later.Accounts.ToDictionary(a => a.Id, a => a.EntryCount);
        return earlier.Accounts.All(a => counts[a.Id] >= a.EntryCount);
    }
}
