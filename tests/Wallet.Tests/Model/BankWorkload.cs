using Wallet.Ledger;
using Wallet.Service.Storage;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Model;

/// <summary>
/// Jepsen's bank: clients move money between few accounts at random, at once and through several stores on one database, while others read.
/// What each does is drawn from a seed; in which order they come is not.
/// </summary>
/// <param name="stores">Where they go, at random.</param>
/// <param name="seed">Of all that is drawn.</param>
internal sealed class BankWorkload(IReadOnlyList<ILedgerStore> stores, int seed)
{
    private const int Accounts = 6;
    private const int Writers = 5;
    private const int Readers = 3;
    private const int BatchesPerWriter = 20;
    private const int ReadsMax = 400;
    private const long Balance = 200;

    private static readonly DateTime Noon = new(2030, 1, 31, 12, 0, 0, DateTimeKind.Utc);

    private readonly BankObservations _seen = new();
    private readonly List<Account> _accounts = [];

    /// <summary>Runs it and checks what was seen.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        var writing = Task.WhenAll(Enumerable.Range(1, Writers).Select(n => Task.Run(() => WriteAsync(n, cancellationToken), cancellationToken)));
        var reading = Enumerable.Range(1, Readers).Select(n => Task.Run(() => ReadUntilAsync(n, writing, cancellationToken), cancellationToken)).ToList();
        await Task.WhenAll([writing, .. reading]);

        var chains = new Dictionary<long, IReadOnlyList<Entry>>();
        foreach (var account in _accounts)
            chains.Add(account.Id, await HistoryAsync(stores[0], account.Id, cancellationToken));
        await LedgerAudit.CheckAsync(stores[0], _accounts.Select(a => a.Id));
        try
        {
            _seen.Check(Accounts * Balance, chains);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"With the seed {seed}: {e.Message}", e);
        }
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        var world = (await stores[0].OpenAccountAsync(LedgerCommands.Opening($"@{Guid.NewGuid():N}"), Noon, cancellationToken)).Account!;
        for (var i = 0; i < Accounts; i++)
        {
            var account = (await stores[0].OpenAccountAsync(LedgerCommands.Opening($"user-{Guid.NewGuid():N}"), Noon, cancellationToken)).Account!;
            await stores[0].CommitUntilDecidedAsync([LedgerCommands.Pay(world, account, Balance)], Noon, cancellationToken);
            _accounts.Add(account);
        }
    }

    private async Task WriteAsync(int number, CancellationToken cancellationToken)
    {
        var random = new Random((seed * 100) + number);
        var atLeast = new Dictionary<long, long>();
        IReadOnlyList<TransferCommand> batch = [];
        for (var i = 0; i < BatchesPerWriter; i++)
        {
            // At times the batch before comes once more, as after a commit that was in doubt.
            var isAgain = i > 0 && random.Next(5) == 0;
            if (!isAgain)
                batch = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Payment(random))];
            var now = Noon.AddSeconds(random.Next(0, 60));
            var store = Any(random);
            // And at times at two copies at once.
            var answers = random.Next(4) == 0
                ? await Task.WhenAll(stores.Select(s => s.CommitUntilDecidedAsync(batch, now, cancellationToken)))
                : [await store.CommitUntilDecidedAsync(batch, now, cancellationToken)];

            foreach (var decision in answers.SelectMany(a => a))
            {
                _seen.Answers.Enqueue(decision);
                if (decision is not { Outcome: Outcome.Done, Transfer: { } posted })
                    continue;
                atLeast[posted.PayerId!.Value] = Math.Max(atLeast.GetValueOrDefault(posted.PayerId.Value), posted.PayerSeq!.Value);
                atLeast[posted.PayeeId!.Value] = Math.Max(atLeast.GetValueOrDefault(posted.PayeeId.Value), posted.PayeeSeq!.Value);
            }

            await ReadAsync($"writer {number}", Any(random), new Dictionary<long, long>(atLeast), cancellationToken);
        }
    }

    private async Task ReadUntilAsync(int number, Task end, CancellationToken cancellationToken)
    {
        var random = new Random((seed * 100) + 50 + number);
        for (var i = 0; i < ReadsMax && !end.IsCompleted; i++)
        {
            await ReadAsync($"reader {number}", Any(random), new Dictionary<long, long>(), cancellationToken);
            _seen.Histories.Enqueue(await HistoryAsync(Any(random), _accounts[random.Next(Accounts)].Id, cancellationToken));
        }
    }

    private async Task ReadAsync(string reader, ILedgerStore store, IReadOnlyDictionary<long, long> atLeast, CancellationToken cancellationToken)
    {
        var accounts = await store.FindAccountsAsync([.. _accounts.Select(a => a.Id)], cancellationToken);
        _seen.Reads.Enqueue(new BankRead(reader, [.. accounts], atLeast));
    }

    private static async Task<IReadOnlyList<Entry>> HistoryAsync(ILedgerStore store, long accountId, CancellationToken cancellationToken)
    {
        var newestFirst = new List<Entry>();
        for (long? before = null; ;)
        {
            var page = await store.FindEntriesAsync(new EntryQuery { AccountId = accountId, BeforeSeq = before, Limit = 50 }, cancellationToken);
            newestFirst.AddRange(page.Entries);
            if ((before = page.NextBeforeSeq) is null)
                return [.. Enumerable.Reverse(newestFirst)];
        }
    }

    private ILedgerStore Any(Random random) => stores[random.Next(stores.Count)];

    private TransferCommand Payment(Random random)
    {
        var payer = random.Next(Accounts);
        var payee = (payer + random.Next(1, Accounts)) % Accounts;
        return LedgerCommands.Pay(_accounts[payer], _accounts[payee], random.Next(1, 120)); // at times more than is there
    }
}
