using Wallet.Ledger;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Model;

/// <summary>What concurrent clients see of a store, and of two stores on one database.</summary>
public abstract class BankTests(LedgerFixture ledger)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_clients_do_at_once_each_sees_the_truth_in_one_order(int copies)
    {
        await using var empty = await ledger.CreateEmptyAsync();
        var stores = Enumerable.Range(0, copies).Select(_ => empty.CreateStore(LedgerFixture.Currencies)).ToList();
        try
        {
            await stores[0].MigrateAsync(TestContext.Current.CancellationToken);
            // 1 world of at most 999 for each; a round is about as long as a dozen histories.
            for (var seed = 1; seed <= Math.Min(900, HistorySample.Count(usually: 24) / 12); seed++)
                await new BankWorkload(stores, seed).RunAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            foreach (var store in stores)
                await store.DisposeAsync();
        }
    }
}

public sealed class BankOnSqliteTests(SqliteLedger ledger) : BankTests(ledger), IClassFixture<SqliteLedger>;

public sealed class BankOnPostgresTests(PostgresLedger ledger) : BankTests(ledger), IClassFixture<PostgresLedger>;

/// <summary>Whether the bank would notice.</summary>
public sealed class BankFaultTests
{
    [Fact]
    public Task A_ledger_that_tells_the_truth_passes() => RunAsync(new MemoryLedgerStore(LedgerFixture.Currencies));

    [Theory]
    [InlineData("gives an earlier answer once more")]
    [InlineData("gives half of an earlier answer and half of this one")]
    [InlineData("gives balances that were never there")]
    [InlineData("gives one head for another")]
    public async Task A_ledger_that_is_not_true_to_its_readers_is_noticed(string fault) =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(new UntrueStore(fault)));

    private static Task RunAsync(MemoryLedgerStore store) => new BankWorkload([store, store], seed: 1).RunAsync(TestContext.Current.CancellationToken);

    private sealed class UntrueStore(string fault) : MemoryLedgerStore(LedgerFixture.Currencies)
    {
        private readonly Lock _lock = new();
        private IReadOnlyList<Account>? _earlier;
        private int _reads;

        public override Task<IReadOnlyList<Account>> FindAccountsAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                var accounts = base.FindAccountsAsync(ids, cancellationToken).GetAwaiter().GetResult();
                if (ids.Count == 1)
                    return Task.FromResult(accounts); // what the audit asks for in the end
                if (_reads++ % 4 == 0)
                    _earlier = accounts;
                return Task.FromResult(_reads % 4 == 0 ? Distort(accounts, _earlier!) : accounts);
            }
        }

        private IReadOnlyList<Account> Distort(IReadOnlyList<Account> accounts, IReadOnlyList<Account> earlier) => fault switch
        {
            "gives an earlier answer once more" => earlier,
            "gives half of an earlier answer and half of this one" => [.. earlier.Take(3), .. accounts.Skip(3)],
            "gives balances that were never there" =>
                [accounts[0] with { Balance = accounts[0].Balance + 1 }, accounts[1] with { Balance = accounts[1].Balance - 1 }, .. accounts.Skip(2)],
            "gives one head for another" => [accounts[0] with { Head = accounts[1].Head }, .. accounts.Skip(1)],
            _ => throw new InvalidOperationException($"'{fault}' is no fault."),
        };
    }
}
