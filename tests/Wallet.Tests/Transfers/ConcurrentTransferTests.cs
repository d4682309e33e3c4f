using System.Collections.Concurrent;
using System.Numerics;
using Wallet.Ledger;
using Wallet.Tests.Servers;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Transfers;

/// <summary>Many clients at once, as in Jepsen's bank workload: whatever they do, money is neither made nor lost.</summary>
public abstract class ConcurrentTransferTests(WalletFixture wallet)
{
    private const int Users = 20;
    private const int Clients = 64;
    private const int RequestsPerClient = 40;
    private const long Balance = 1_000;

    private readonly WalletHost _host = wallet.Host;

    /// <summary>The copies of the service that the clients speak to, in turn.</summary>
    protected virtual IReadOnlyList<WalletHost> Copies => [_host];

    [Fact]
    public async Task Money_that_64_clients_move_at_random_is_neither_made_nor_lost_and_every_answer_is_true()
    {
        var users = await Task.WhenAll(Enumerable.Range(0, Users).Select(_ => _host.NewUserAsync(Balance)));
        var sent = new ConcurrentBag<(TestUser Payer, TestUser Payee, long Amount, string Key, ApiResponse Answer)>();

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            var random = new Random(client);
            for (var i = 0; i < RequestsPerClient; i++)
            {
                var pair = random.GetItems(users, 2);
                var amount = random.Next(1, 300); // at times more than is there
                var key = $"client-{client}-{i}";
                var copy = Copies[random.Next(Copies.Count)];
                sent.Add((pair[0], pair[1], amount, key, await pair[0].At(copy).SendAsync(pair[1], amount, key)));
            }
        }));

        Assert.All(sent, s => Assert.True(IsExpected(s.Answer, isSelf: s.Payer == s.Payee), s.Answer.Text));
        Assert.InRange(sent.Count(s => s.Answer.Status == 201), sent.Count / 4, sent.Count - 1);
        await AssertSoundAsync(users, sent);

        // Everything once more, twice at once, through whichever copy: the same answers, and nothing moves.
        var before = await Task.WhenAll(users.Select(u => u.BalanceAsync()));
        await Parallel.ForEachAsync(sent, new ParallelOptions { MaxDegreeOfParallelism = Clients }, async (s, _) =>
        {
            var again = await Task.WhenAll(Copies.Append(_host).Take(2).Select(copy => s.Payer.At(copy).SendAsync(s.Payee, s.Amount, s.Key)));
            Assert.All(again, a => Assert.Equal("true", a.Header("Idempotent-Replayed")));
            Assert.All(again, a => Assert.Equal(s.Answer.Status, a.Status));
            if (s.Answer.Status == 201)
                Assert.All(again, a => Assert.Equal(s.Answer.Text, a.Text));
            else
                Assert.All(again, a => Assert.Equal(s.Answer.Body.GetProperty("code").GetString(), a.Body.GetProperty("code").GetString()));
        });
        Assert.Equal(before, await Task.WhenAll(users.Select(u => u.BalanceAsync())));
        await AssertSoundAsync(users, sent);
    }

    [Fact]
    public async Task Two_accounts_that_pay_each_other_at_once_never_wait_for_each_other_for_good()
    {
        const int Each = 300;
        var left = await _host.NewUserAsync(balance: 1_000_000);
        var right = await _host.NewUserAsync(balance: 1_000_000);

        var answers = await Task.WhenAll(Enumerable.Range(0, 2 * Each).Select(i =>
        {
            var copy = Copies[i / 2 % Copies.Count];
            return i % 2 == 0 ? left.At(copy).SendAsync(right, 2) : right.At(copy).SendAsync(left, 1);
        }));

        Assert.All(answers, a => a.AssertStatus(201));
        Assert.Equal(1_000_000 - Each, await left.BalanceAsync());
        Assert.Equal(1_000_000 + Each, await right.BalanceAsync());
        await LedgerAudit.CheckAsync(_host.Store, [left.AccountId, right.AccountId]);
    }

    private static bool IsExpected(ApiResponse answer, bool isSelf) =>
        answer.Status == 201
            ? !isSelf
            : answer.Status == 422 && answer.Body.GetProperty("code").GetString() == (isSelf ? "self_transfer" : "insufficient_funds");

    private async Task AssertSoundAsync(TestUser[] users, IReadOnlyCollection<(TestUser Payer, TestUser Payee, long Amount, string Key, ApiResponse Answer)> sent)
    {
        var world = await _host.WorldAsync("SGD");
        var entries = await LedgerAudit.CheckAsync(_host.Store, users.Select(u => u.AccountId).Append(world.Id));

        // The world's account has entries of other tests' users as well; those of a transfer sum to zero all the same where both sides are here.
        var ours = entries.Where(e => e.Kind == TransferKind.Transfer).GroupBy(e => e.TransferId).ToDictionary(g => g.Key, g => g.ToArray());
        Assert.All(ours.Values, postings => Assert.Equal(0, postings.Sum(p => p.Amount)));
        Assert.Equal(
            sent.Where(s => s.Answer.Status == 201).Select(s => s.Answer.Body.GetProperty("id").GetGuid()).Order(),
            ours.Keys.Order());
        foreach (var (payer, payee, amount, _, answer) in sent.Where(s => s.Answer.Status == 201))
        {
            var postings = ours[answer.Body.GetProperty("id").GetGuid()];
            Assert.Equal([(payer.AccountId, -amount), (payee.AccountId, amount)], postings.OrderBy(p => p.Amount).Select(p => (p.AccountId, p.Amount)));
        }

        var balances = await Task.WhenAll(users.Select(u => u.BalanceAsync()));
        Assert.All(balances, b => Assert.InRange(b, 0, long.MaxValue));
        Assert.Equal((BigInteger)Users * Balance, balances.Aggregate(BigInteger.Zero, (sum, b) => sum + b));
    }
}

public sealed class ConcurrentTransferOnSqliteTests(SqliteWallet wallet) : ConcurrentTransferTests(wallet), IClassFixture<SqliteWallet>;

public sealed class ConcurrentTransferOnPostgresTests(PostgresWallet wallet) : ConcurrentTransferTests(wallet), IClassFixture<PostgresWallet>;

public sealed class ConcurrentTransferThroughTwoCopiesTests(TwoCopies wallet) : ConcurrentTransferTests(wallet.First), IClassFixture<TwoCopies>
{
    protected override IReadOnlyList<WalletHost> Copies { get; } = [wallet.First.Host, wallet.Second];
}

/// <summary>Two copies of the service on one PostgreSQL.</summary>
public sealed class TwoCopies(TestRedis redis, TestPostgres postgres) : IAsyncLifetime
{
    public PostgresWallet First { get; } = new(redis, postgres);

    public WalletHost Second { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await First.InitializeAsync();
        Second = await WalletHost.StartAsync(First.Redis, First.Settings);
    }

    public async ValueTask DisposeAsync()
    {
        await Second.DisposeAsync();
        await First.DisposeAsync();
    }
}
