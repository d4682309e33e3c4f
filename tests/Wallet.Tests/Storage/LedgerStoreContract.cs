using System.Data.Common;
using Wallet.Ledger;
using Wallet.Service;
using Wallet.Service.Storage;
using static Wallet.Tests.Storage.LedgerCommands;

namespace Wallet.Tests.Storage;

/// <summary>What every store must do. Each store's tests inherit it.</summary>
public abstract class LedgerStoreContract(LedgerFixture ledger)
{
    private static readonly DateTime Noon = new(2030, 1, 31, 12, 0, 0, DateTimeKind.Utc);

    private readonly ILedgerStore _store = ledger.Store;

    private protected ILedgerStore Store => _store;

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_committed_is_there_to_the_last_field()
    {
        var payer = await OpenAsync(balance: 100);
        var payee = await OpenAsync();
        var command = Pay(payer, payee, 40) with { Message = "zwei Bücher 📚" };

        var decision = Assert.Single(await _store.CommitAsync([command], Noon.AddTicks(7), Cancel));

        Assert.Equal((Outcome.Done, false), (decision.Outcome, decision.IsReplay));
        Assert.Equal(decision.Transfer, await _store.FindTransferAsync(command.Id, Cancel));
        Assert.Equal(Noon, decision.Transfer!.CreatedAt);
        Assert.Equal(60, decision.Transfer.PayerBalanceAfter);
        var (paying, receiving) = (await FindAsync(payer), await FindAsync(payee));
        Assert.Equal((60, 2, 3, Noon), (paying.Balance, paying.EntryCount, paying.Version, paying.ChangedAt));
        Assert.Equal((40, 1, 2, Noon), (receiving.Balance, receiving.EntryCount, receiving.Version, receiving.ChangedAt));
        var entry = Assert.Single((await _store.FindEntriesAsync(new EntryQuery { AccountId = payee.Id, Limit = 10 }, Cancel)).Entries);
        Assert.Equal((payer.Id, "zwei Bücher 📚"), (entry.CounterpartyId, entry.Message));
        Assert.Equal(receiving.Head, entry.Hash);
        await LedgerAudit.CheckAsync(_store, [payer.Id, payee.Id]);
    }

    [Fact]
    public async Task A_refusal_is_recorded_under_its_key_and_moves_nothing()
    {
        var payer = await OpenAsync();
        var payee = await OpenAsync();
        var command = Pay(payer, payee, 1);

        var refused = Assert.Single(await _store.CommitAsync([command], Noon, Cancel));
        await DepositAsync(payer, 10);
        var replayed = Assert.Single(await _store.CommitAsync([command], Noon, Cancel));

        Assert.Equal((Outcome.InsufficientFunds, false), (refused.Outcome, refused.IsReplay));
        Assert.Equal((Outcome.InsufficientFunds, true), (replayed.Outcome, replayed.IsReplay));
        Assert.Equal(refused.Transfer, await _store.FindTransferAsync(command.Id, Cancel));
        Assert.Equal(10, (await FindAsync(payer)).Balance);
    }

    [Fact]
    public async Task A_refusal_without_a_key_leaves_nothing_behind()
    {
        var payer = await OpenAsync();
        var command = Pay(payer, await OpenAsync(), 1) with { IsKeyed = false };

        await _store.CommitAsync([command], Noon, Cancel);

        Assert.Null(await _store.FindTransferAsync(command.Id, Cancel));
    }

    [Fact]
    public async Task Every_refusal_can_be_recorded()
    {
        var payer = await OpenAsync(balance: 5);
        var payee = await OpenAsync();
        TransferCommand[] commands =
        [
            Pay(payer, payee, 1) with { Currency = "XXX" },
            Pay(payer, payee, long.MinValue),
            Pay(payer, payee, long.MaxValue),
            Pay(payer, payee, 1) with { PayerId = null, PayeeId = null },
            Pay(payer, payee, 1) with { PayeeId = long.MaxValue, Message = new string('m', Limits.MessageLengthMax) },
            Pay(payer, payer, 1),
            Pay(payer, payee, 1) with { Currency = "EUR" },
            Pay(payer, payee, 6),
        ];

        var decisions = await _store.CommitAsync(commands, Noon, Cancel);

        Assert.Equal(
            [
                Outcome.CurrencyUnknown, Outcome.AmountOutOfRange, Outcome.AmountOutOfRange, Outcome.PayerNotFound, Outcome.PayeeNotFound,
                Outcome.SelfTransfer, Outcome.CurrencyMismatch, Outcome.InsufficientFunds,
            ],
            decisions.Select(d => d.Outcome));
        foreach (var decision in decisions)
            Assert.Equal(decision.Transfer, await _store.FindTransferAsync(decision.Transfer!.Id, Cancel));
    }

    [Fact]
    public async Task A_batch_given_twice_is_applied_once()
    {
        var payer = await OpenAsync(balance: 100);
        var payee = await OpenAsync();
        TransferCommand[] batch = [Pay(payer, payee, 10), Pay(payer, payee, 200), Pay(payee, payer, 3)];

        var first = await _store.CommitAsync(batch, Noon, Cancel);
        var again = await _store.CommitAsync(batch, Noon.AddHours(1), Cancel);

        Assert.Equal(first.Select(d => d with { IsReplay = true }), again);
        Assert.Equal((93, 7), ((await FindAsync(payer)).Balance, (await FindAsync(payee)).Balance));
    }

    [Fact]
    public async Task A_batch_of_the_largest_size_is_one_commit()
    {
        var hub = await OpenAsync(balance: Limits.BatchCommandsMax);
        var others = new List<Account>();
        for (var i = 0; i < 40; i++)
            others.Add(await OpenAsync());
        var batch = Enumerable.Range(0, Limits.BatchCommandsMax).Select(i => Pay(hub, others[i % others.Count], 1)).ToArray();

        var decisions = await _store.CommitAsync(batch, Noon, Cancel);

        Assert.All(decisions, d => Assert.Equal(Outcome.Done, d.Outcome));
        Assert.Equal((0, Limits.BatchCommandsMax + 1, 3), ((await FindAsync(hub)).Balance, (await FindAsync(hub)).EntryCount, (await FindAsync(hub)).Version));
        await LedgerAudit.CheckAsync(_store, [hub.Id, .. others.Select(a => a.Id)]);
    }

    [Fact]
    public async Task Two_stores_that_pay_in_both_directions_at_once_get_along()
    {
        await using var other = ledger.CreateStore(LedgerFixture.Currencies);
        var left = await OpenAsync(balance: 1_000_000);
        var right = await OpenAsync(balance: 1_000_000);

        await Task.WhenAll(RunAsync(_store, left, right), RunAsync(_store, right, left), RunAsync(other, left, right), RunAsync(other, right, left));

        Assert.Equal(2_000_000, (await FindAsync(left)).Balance + (await FindAsync(right)).Balance);
        Assert.Equal(1 + (4 * 25 * 4), (await FindAsync(left)).EntryCount);
        await LedgerAudit.CheckAsync(_store, [left.Id, right.Id]);

        static async Task RunAsync(ILedgerStore store, Account from, Account to)
        {
            for (var i = 0; i < 25; i++)
                Assert.All(await store.CommitUntilDecidedAsync([.. Enumerable.Range(1, 4).Select(n => Pay(from, to, n))], Noon, Cancel), d => Assert.Equal(Outcome.Done, d.Outcome));
        }
    }

    [Fact]
    public async Task Two_stores_that_touch_one_account_wait_for_each_other_instead_of_failing()
    {
        await using var other = ledger.CreateStore(LedgerFixture.Currencies);
        var payer = await OpenAsync(balance: 1_000);
        var payees = new[] { await OpenAsync(), await OpenAsync(), await OpenAsync() };

        await Task.WhenAll(new[] { _store, other }.Select(store => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                var decisions = await store.CommitAsync([Pay(payer, payees[i % 3], 1), Pay(payees[i % 3], payees[(i + 1) % 3], 1)], Noon, Cancel);
                Assert.All(decisions, d => Assert.Equal(Outcome.Done, d.Outcome));
            }
        }, Cancel)));

        Assert.Equal(920, (await FindAsync(payer)).Balance);
    }

    [Fact]
    public async Task The_same_command_given_to_two_stores_at_once_is_applied_once()
    {
        await using var other = ledger.CreateStore(LedgerFixture.Currencies);
        var payer = await OpenAsync(balance: 100);
        var payee = await OpenAsync();

        for (var i = 0; i < 20; i++)
        {
            TransferCommand[] command = [Pay(payer, payee, 1)];
            var decisions = await Task.WhenAll(_store.CommitUntilDecidedAsync(command, Noon, Cancel), other.CommitUntilDecidedAsync(command, Noon, Cancel));
            Assert.Single(decisions, d => !d[0].IsReplay);
            Assert.Equal(decisions[0][0].Transfer, decisions[1][0].Transfer);
        }

        Assert.Equal(80, (await FindAsync(payer)).Balance);
    }

    [Fact]
    public async Task Money_cannot_be_spent_twice_through_two_stores()
    {
        await using var other = ledger.CreateStore(LedgerFixture.Currencies);
        var payer = await OpenAsync(balance: 10);
        var payees = new[] { await OpenAsync(), await OpenAsync() };

        var decisions = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? _store : other).CommitUntilDecidedAsync([Pay(payer, payees[i % 2], 1)], Noon, Cancel)));

        Assert.Equal(10, decisions.Count(d => d[0].Outcome == Outcome.Done));
        Assert.Equal(30, decisions.Count(d => d[0].Outcome == Outcome.InsufficientFunds));
        Assert.Equal(0, (await FindAsync(payer)).Balance);
    }

    [Fact]
    public async Task The_time_of_an_account_never_goes_back()
    {
        var payer = await OpenAsync(balance: 10);
        var payee = await OpenAsync();

        await _store.CommitAsync([Pay(payer, payee, 1)], Noon, Cancel);
        var later = Assert.Single(await _store.CommitAsync([Pay(payer, payee, 1)], Noon.AddHours(-1), Cancel));

        Assert.Equal(Noon, later.Transfer!.CreatedAt);
        await LedgerAudit.CheckAsync(_store, [payer.Id, payee.Id]);
    }

    [Fact]
    public async Task An_account_is_opened_once_for_a_request_and_found_again()
    {
        var command = Opening($"user-{Guid.NewGuid():N}");

        var opened = await _store.OpenAccountAsync(command, Noon, Cancel);
        var again = await _store.OpenAccountAsync(command, Noon.AddDays(1), Cancel);
        var another = await _store.OpenAccountAsync(command with { Fingerprint = Guid.NewGuid() }, Noon, Cancel);

        Assert.Equal((Outcome.Done, false), (opened.Outcome, opened.IsReplay));
        Assert.Equal((Outcome.Done, true, opened.Account), (again.Outcome, again.IsReplay, again.Account));
        Assert.Equal(Outcome.IdempotencyKeyReused, another.Outcome);
        Assert.Equal(opened.Account, await _store.FindAccountAsync(opened.Account!.Id, Cancel));
        Assert.Equal([opened.Account], await _store.ListAccountsAsync([command.UserId], Cancel));
        Assert.True(opened.Account.Id >= 1_000);
    }

    [Fact]
    public async Task A_replayed_opening_shows_the_account_as_it_is_now()
    {
        var command = Opening($"user-{Guid.NewGuid():N}");
        var account = (await _store.OpenAccountAsync(command, Noon, Cancel)).Account!;
        await DepositAsync(account, 5);

        Assert.Equal(5, (await _store.OpenAccountAsync(command, Noon, Cancel)).Account!.Balance);
    }

    [Fact]
    public async Task Accounts_are_found_by_their_ids_and_strangers_are_left_out()
    {
        var one = await OpenAsync(balance: 1);
        var two = await OpenAsync();

        var found = await _store.FindAccountsAsync([one.Id, 999_999_999, two.Id], Cancel);

        Assert.Equal([await FindAsync(one), await FindAsync(two)], found.OrderBy(a => a.Id));
        Assert.Empty(await _store.FindAccountsAsync([], Cancel));
        Assert.Null(await _store.FindAccountAsync(999_999_999, Cancel));
        Assert.Null(await _store.FindTransferAsync(Guid.NewGuid(), Cancel));
        Assert.Empty(await _store.ListAccountsAsync(["nobody"], Cancel));
    }

    [Fact]
    public async Task What_is_asked_for_twice_is_found_once_and_the_oldest_account_of_all_first()
    {
        var one = await OpenAsync();
        var two = await OpenAsync();

        Assert.Equal(one, Assert.Single(await _store.FindAccountsAsync([one.Id, one.Id], Cancel)));
        Assert.Equal([one, two], await _store.ListAccountsAsync([two.UserId, one.UserId, two.UserId], Cancel));
    }

    [Fact]
    public async Task System_accounts_have_the_ids_below_1000()
    {
        var one = await OpenSystemAsync($"@{Guid.NewGuid():N}");
        var two = await OpenSystemAsync($"@{Guid.NewGuid():N}");

        Assert.InRange(one.Id, 1, 999);
        Assert.Equal(one.Id + 1, two.Id);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1_000)]
    public async Task Pages_of_any_size_hold_the_whole_history_newest_first(int limit)
    {
        var account = await ledger.PreparedAsync("minutes", () => OpenWithHistoryAsync(200, TimeSpan.FromMinutes(1)));

        var entries = await ReadAllAsync(new EntryQuery { AccountId = account.Id, Limit = limit });

        Assert.Equal(Enumerable.Range(1, 200).Reverse().Select(i => (long)i), entries.Select(e => e.Seq));
    }

    [Theory]
    [InlineData(0, 200, 200, 1)]
    [InlineData(10, 20, 20, 11)]
    [InlineData(10, 10, 0, 0)]
    [InlineData(20, 10, 0, 0)]
    [InlineData(127, 129, 129, 128)]
    [InlineData(199, 400, 200, 200)]
    [InlineData(200, 400, 0, 0)]
    [InlineData(-400, -1, 0, 0)]
    [InlineData(null, 64, 64, 1)]
    [InlineData(64, null, 200, 65)]
    public async Task A_period_is_found_without_reading_the_rest(int? fromMinute, int? toMinute, long newest, long oldest)
    {
        var account = await ledger.PreparedAsync("minutes", () => OpenWithHistoryAsync(200, TimeSpan.FromMinutes(1)));

        // The entry with the sequence number n was made n - 1 minutes after noon.
        var entries = await ReadAllAsync(new EntryQuery
        {
            AccountId = account.Id,
            From = fromMinute is { } from ? Noon.AddMinutes(from) : null,
            To = toMinute is { } to ? Noon.AddMinutes(to) : null,
            Limit = 7,
        });

        var expected = newest == 0 ? [] : Enumerable.Range((int)oldest, (int)(newest - oldest + 1)).Reverse().Select(i => (long)i);
        Assert.Equal(expected, entries.Select(e => e.Seq));
    }

    [Fact]
    public async Task Entries_of_one_moment_are_in_a_period_together_or_not_at_all()
    {
        var account = await OpenWithHistoryAsync(150, TimeSpan.Zero);

        Assert.Equal(150, (await ReadAllAsync(new EntryQuery { AccountId = account.Id, From = Noon, Limit = 20 })).Count);
        Assert.Empty(await ReadAllAsync(new EntryQuery { AccountId = account.Id, To = Noon, Limit = 20 }));
        Assert.Equal(150, (await ReadAllAsync(new EntryQuery { AccountId = account.Id, From = Noon, To = Noon.AddTicks(10), Limit = 20 })).Count);
    }

    [Fact]
    public async Task A_filter_that_few_entries_pass_ends_a_page_early_and_goes_on_where_it_stopped()
    {
        var account = await OpenAsync();
        var friend = await OpenAsync(balance: 10_000);
        await DepositAsync(account, 1);
        await _store.CommitAsync([Pay(account, friend, 1)], Noon, Cancel);
        for (var i = 0; i < 5; i++)
            await _store.CommitAsync([.. Enumerable.Range(0, 500).Select(_ => Pay(friend, account, 1))], Noon, Cancel);

        var first = await _store.FindEntriesAsync(new EntryQuery { AccountId = account.Id, Direction = EntryDirection.Out, Limit = 10 }, Cancel);
        var rest = await ReadAllAsync(new EntryQuery { AccountId = account.Id, Direction = EntryDirection.Out, Limit = 10 });

        Assert.Empty(first.Entries);
        Assert.NotNull(first.NextBeforeSeq);
        Assert.Equal(2, Assert.Single(rest).Seq);
    }

    [Fact]
    public async Task A_page_is_stable_while_the_history_grows()
    {
        var account = await OpenWithHistoryAsync(30, TimeSpan.FromSeconds(1));
        var first = await _store.FindEntriesAsync(new EntryQuery { AccountId = account.Id, Limit = 10 }, Cancel);
        await DepositAsync(account, 1);

        var second = await _store.FindEntriesAsync(new EntryQuery { AccountId = account.Id, Limit = 10, BeforeSeq = first.NextBeforeSeq }, Cancel);

        Assert.Equal([20, 19, 18, 17, 16, 15, 14, 13, 12, 11], second.Entries.Select(e => e.Seq));
    }

    [Fact]
    public async Task The_history_of_no_account_is_empty()
    {
        var page = await _store.FindEntriesAsync(new EntryQuery { AccountId = 999_999_999, Limit = 10, From = Noon, To = Noon.AddDays(1) }, Cancel);

        Assert.Empty(page.Entries);
        Assert.Null(page.NextBeforeSeq);
    }

    [Theory]
    [InlineData("UPDATE entries SET amount = 1000000 WHERE account_id = {0}")]
    [InlineData("DELETE FROM entries WHERE account_id = {0}")]
    [InlineData("UPDATE transfers SET amount = 1 WHERE payee_id = {0}")]
    [InlineData("DELETE FROM transfers WHERE payee_id = {0}")]
    [InlineData("DELETE FROM accounts WHERE id = {0}")]
    [InlineData("UPDATE accounts SET user_id = 'thief' WHERE id = {0}")]
    [InlineData("UPDATE accounts SET currency = 'EUR' WHERE id = {0}")]
    [InlineData("UPDATE accounts SET kind = 2 WHERE id = {0}")]
    [InlineData("UPDATE accounts SET id = 7777777 WHERE id = {0}")]
    [InlineData("UPDATE accounts SET balance = -1 WHERE id = {0}")]
    [InlineData("UPDATE accounts SET held = balance + 1 WHERE id = {0}")]
    [InlineData("UPDATE accounts SET held = -1 WHERE id = {0}")]
    [InlineData("UPDATE accounts SET status = 9 WHERE id = {0}")]
    [InlineData("INSERT INTO account_names SELECT user_id, currency, name, id FROM accounts WHERE id = {0}")]
    public async Task The_database_refuses_by_itself_what_would_falsify_the_ledger(string sql)
    {
        var account = await FindAsync(await OpenAsync(balance: 100));

        await Assert.ThrowsAnyAsync<DbException>(() => ledger.ExecuteAsync(string.Format(null, sql, account.Id)));

        Assert.Equal(account, await FindAsync(account));
        await LedgerAudit.CheckAsync(_store, [account.Id]);
    }

    [Fact]
    public async Task Migrating_again_changes_nothing()
    {
        var account = await OpenAsync(balance: 3);

        await _store.MigrateAsync(Cancel);

        Assert.Equal(3, (await FindAsync(account)).Balance);
    }

    [Fact]
    public async Task Several_first_starts_at_once_migrate_once()
    {
        await using var empty = await ledger.CreateEmptyAsync();
        var stores = Enumerable.Range(0, 4).Select(_ => empty.CreateStore(LedgerFixture.Currencies)).ToArray();

        await Task.WhenAll(stores.Select(s => Task.Run(() => s.MigrateAsync(Cancel), Cancel)));

        var opened = await Task.WhenAll(stores.Select(s => s.OpenAccountAsync(Opening("first"), Noon, Cancel)));
        Assert.Single(opened, o => o.Outcome == Outcome.Done);
        foreach (var store in stores)
            await store.DisposeAsync();
    }

    [Fact]
    public async Task A_schema_of_a_newer_version_is_refused()
    {
        await using var empty = await ledger.CreateEmptyAsync();
        await using var store = empty.CreateStore(LedgerFixture.Currencies);
        await store.MigrateAsync(Cancel);
        await empty.ExecuteAsync("INSERT INTO schema_versions (scriptname, applied) VALUES ('Wallet.Service.Storage.Migrations.9999_future.sql', '2030-01-31 12:00:00')");

        var refusal = await Assert.ThrowsAsync<StartupException>(() => store.MigrateAsync(Cancel));

        Assert.Contains("9999_future.sql", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_currency_that_counts_another_unit_than_before_is_refused()
    {
        await using var empty = await ledger.CreateEmptyAsync();
        var first = await MigrateAsync(new Currency("SGD", 0, 999_999), new Currency("EUR", 2, 1));
        var cents = await MigrateAsync(new Currency("SGD", 2, 999_999), new Currency("EUR", 2, 1), new Currency("USD", 3, 1));
        var fewer = await MigrateAsync(new Currency("SGD", 0, 999_999));
        var more = await MigrateAsync(new Currency("SGD", 0, 5), new Currency("EUR", 2, 1), new Currency("USD", 2, 1));

        Assert.Null(first);
        Assert.Contains("SGD with 0 decimals, but 2 are configured. Set Wallet:Currencies:SGD:Decimals to 0", cents, StringComparison.Ordinal);
        Assert.Contains("EUR, but it is not configured. Set Wallet:Currencies:EUR:Decimals to 2", fewer, StringComparison.Ordinal);
        Assert.Null(more); // what a refused start added was not kept

        async Task<string?> MigrateAsync(params Currency[] currencies)
        {
            await using var store = empty.CreateStore(new CurrencyTable(currencies));
            return (await Record.ExceptionAsync(() => store.MigrateAsync(Cancel)) as StartupException)?.Message;
        }
    }

    [Fact]
    public async Task A_database_that_serves_passes_the_check() => await _store.CheckAsync(Cancel);

    private protected async Task<Account> OpenAsync(long balance = 0)
    {
        var account = (await _store.OpenAccountAsync(Opening($"user-{Guid.NewGuid():N}"), Noon.AddDays(-1), Cancel)).Account!;
        if (balance > 0)
            await DepositAsync(account, balance);
        return account;
    }

    private async Task<Account> OpenSystemAsync(string owner) =>
        (await _store.OpenAccountAsync(Opening(owner), Noon.AddDays(-1), Cancel)).Account!;

    private async Task DepositAsync(Account account, long amount)
    {
        var source = await OpenSystemAsync($"@{Guid.NewGuid():N}");
        Assert.Equal(Outcome.Done, Assert.Single(await _store.CommitAsync([Pay(source, account, amount)], Noon.AddDays(-1), Cancel)).Outcome);
    }

    private async Task<Account> OpenWithHistoryAsync(int entries, TimeSpan step)
    {
        var account = await OpenAsync();
        var source = await OpenSystemAsync($"@{Guid.NewGuid():N}");
        for (var i = 0; i < entries; i++)
            await _store.CommitAsync([Pay(source, account, 1)], Noon + (i * step), Cancel);
        return account;
    }

    private protected async Task<Account> FindAsync(Account account) => (await _store.FindAccountAsync(account.Id, Cancel))!;

    private async Task<List<Entry>> ReadAllAsync(EntryQuery query)
    {
        var entries = new List<Entry>();
        while (true)
        {
            var page = await _store.FindEntriesAsync(query, Cancel);
            Assert.True(page.Entries.Count <= query.Limit);
            entries.AddRange(page.Entries);
            if (page.NextBeforeSeq is not { } next)
                return entries;
            query = query with { BeforeSeq = next };
        }
    }
}
