using Wallet.Ledger;
using static Wallet.Tests.Ledger.LedgerSamples;

namespace Wallet.Tests.Ledger;

public sealed class BatchPlannerTests
{
    private const long Frozen = 21;
    private const long Closed = 22;
    private const long Holding = 23;
    private const long Rich = 24;
    private const long Full = 25;
    private const long AlmostFull = 26;
    private const long FullYen = 27;
    private const long EmptyYen = 28;
    private const long FrozenWorld = 31;
    private const long ClosedWorld = 32;
    private const long Lowest = 33;
    private const long AlmostLowest = 34;

    private static readonly Account[] Cast =
    [
        Outside(World), Outside(WorldUsd, currency: "USD"),
        User(Alice, 100), User(Bob, 50), User(AliceUsd, 100, "USD"), User(BobUsd, 0, "USD"),
        User(Frozen, 100) with { Status = AccountStatus.Frozen }, User(Closed, 100) with { Status = AccountStatus.Closed },
        User(Holding, 100) with { Held = 60 }, User(Rich, 5_000_000),
        User(Full, long.MaxValue), User(AlmostFull, long.MaxValue - 1),
        User(FullYen, long.MaxValue, "JPY"), User(EmptyYen, 0, "JPY"),
        Outside(FrozenWorld) with { Status = AccountStatus.Frozen }, Outside(ClosedWorld) with { Status = AccountStatus.Closed },
        Outside(Lowest, long.MinValue), Outside(AlmostLowest, long.MinValue + 1),
    ];

    private static Outcome Decide(TransferCommand command) => Assert.Single(Plan(Cast, [command]).Decisions).Outcome;

    [Theory]
    [InlineData(Alice, Bob, 1, "SGD", Outcome.Done)]
    [InlineData(Alice, Bob, 100, "SGD", Outcome.Done)]
    [InlineData(Rich, Bob, 999_999, "SGD", Outcome.Done)]
    [InlineData(AliceUsd, BobUsd, 100, "USD", Outcome.Done)]
    [InlineData(FullYen, EmptyYen, long.MaxValue, "JPY", Outcome.Done)]
    [InlineData(Alice, AlmostFull, 1, "SGD", Outcome.Done)]
    [InlineData(Alice, Bob, 10, "XXX", Outcome.CurrencyUnknown)]
    [InlineData(Alice, Bob, 10, "sgd", Outcome.CurrencyUnknown)]
    [InlineData(Alice, Bob, 10, "", Outcome.CurrencyUnknown)]
    [InlineData(Alice, Bob, 0, "SGD", Outcome.AmountOutOfRange)]
    [InlineData(Alice, Bob, -1, "SGD", Outcome.AmountOutOfRange)]
    [InlineData(Alice, Bob, long.MinValue, "SGD", Outcome.AmountOutOfRange)]
    [InlineData(Rich, Bob, 1_000_000, "SGD", Outcome.AmountOutOfRange)]
    [InlineData(Rich, Bob, long.MaxValue, "SGD", Outcome.AmountOutOfRange)]
    [InlineData(AliceUsd, BobUsd, 501, "USD", Outcome.AmountOutOfRange)]
    [InlineData(null, Bob, 10, "SGD", Outcome.PayerNotFound)]
    [InlineData(Nobody, Bob, 10, "SGD", Outcome.PayerNotFound)]
    [InlineData(World, Bob, 10, "SGD", Outcome.PayerNotFound)]
    [InlineData(Alice, null, 10, "SGD", Outcome.PayeeNotFound)]
    [InlineData(Alice, Nobody, 10, "SGD", Outcome.PayeeNotFound)]
    [InlineData(Alice, World, 10, "SGD", Outcome.PayeeNotFound)]
    [InlineData(Alice, Alice, 10, "SGD", Outcome.SelfTransfer)]
    [InlineData(Alice, BobUsd, 10, "SGD", Outcome.CurrencyMismatch)]
    [InlineData(AliceUsd, Bob, 10, "SGD", Outcome.CurrencyMismatch)]
    [InlineData(Alice, Bob, 10, "USD", Outcome.CurrencyMismatch)]
    [InlineData(Frozen, Bob, 10, "SGD", Outcome.PayerFrozen)]
    [InlineData(Closed, Bob, 10, "SGD", Outcome.PayerClosed)]
    [InlineData(Alice, Frozen, 10, "SGD", Outcome.PayeeUnavailable)]
    [InlineData(Alice, Closed, 10, "SGD", Outcome.PayeeUnavailable)]
    [InlineData(Alice, Bob, 101, "SGD", Outcome.InsufficientFunds)]
    [InlineData(EmptyYen, FullYen, long.MaxValue, "JPY", Outcome.InsufficientFunds)]
    [InlineData(Holding, Bob, 40, "SGD", Outcome.Done)]
    [InlineData(Holding, Bob, 41, "SGD", Outcome.InsufficientFunds)]
    [InlineData(Alice, Full, 1, "SGD", Outcome.BalanceLimitExceeded)]
    [InlineData(Alice, AlmostFull, 2, "SGD", Outcome.BalanceLimitExceeded)]
    public void A_transfer_is_decided_by_the_rules(long? payer, long? payee, long amount, string currency, Outcome expected) =>
        Assert.Equal(expected, Decide(Pay(payer, payee, amount, currency)));

    [Theory]
    [InlineData("alice", Outcome.Done)]
    [InlineData("bob", Outcome.PayerNotFound)]
    [InlineData("Alice", Outcome.PayerNotFound)]
    [InlineData("operator", Outcome.PayerNotFound)]
    public void Only_the_owner_pays_from_an_account(string by, Outcome expected) =>
        Assert.Equal(expected, Decide(Pay(Alice, Bob, 10, by: by)));

    [Theory]
    [InlineData(World, Alice, 1, "SGD", Outcome.Done)]
    [InlineData(World, Alice, 1_000_000, "SGD", Outcome.Done)]
    [InlineData(World, Alice, long.MaxValue - 100, "SGD", Outcome.Done)]
    [InlineData(WorldUsd, AliceUsd, 501, "USD", Outcome.Done)]
    [InlineData(AlmostLowest, Alice, 1, "SGD", Outcome.Done)]
    [InlineData(World, AlmostFull, 1, "SGD", Outcome.Done)]
    [InlineData(World, Alice, 10, "XXX", Outcome.CurrencyUnknown)]
    [InlineData(World, Alice, 0, "SGD", Outcome.AmountOutOfRange)]
    [InlineData(World, Alice, -1, "SGD", Outcome.AmountOutOfRange)]
    [InlineData(World, Alice, long.MinValue, "SGD", Outcome.AmountOutOfRange)]
    [InlineData(null, Alice, 10, "SGD", Outcome.PayerNotFound)]
    [InlineData(Nobody, Alice, 10, "SGD", Outcome.PayerNotFound)]
    [InlineData(Bob, Alice, 10, "SGD", Outcome.PayerNotFound)]
    [InlineData(World, null, 10, "SGD", Outcome.PayeeNotFound)]
    [InlineData(World, Nobody, 10, "SGD", Outcome.PayeeNotFound)]
    [InlineData(World, Lowest, 10, "SGD", Outcome.PayeeNotFound)]
    [InlineData(World, World, 10, "SGD", Outcome.PayeeNotFound)]
    [InlineData(World, AliceUsd, 10, "USD", Outcome.CurrencyMismatch)]
    [InlineData(World, AliceUsd, 10, "SGD", Outcome.CurrencyMismatch)]
    [InlineData(FrozenWorld, Alice, 10, "SGD", Outcome.PayerFrozen)]
    [InlineData(ClosedWorld, Alice, 10, "SGD", Outcome.PayerClosed)]
    [InlineData(World, Frozen, 10, "SGD", Outcome.PayeeUnavailable)]
    [InlineData(World, Closed, 10, "SGD", Outcome.PayeeUnavailable)]
    [InlineData(Lowest, Alice, 1, "SGD", Outcome.BalanceLimitExceeded)]
    [InlineData(Lowest, Alice, long.MaxValue, "SGD", Outcome.BalanceLimitExceeded)]
    [InlineData(AlmostLowest, Alice, 2, "SGD", Outcome.BalanceLimitExceeded)]
    [InlineData(World, Full, 1, "SGD", Outcome.BalanceLimitExceeded)]
    [InlineData(World, Full, long.MaxValue, "SGD", Outcome.BalanceLimitExceeded)]
    [InlineData(World, Alice, long.MaxValue - 99, "SGD", Outcome.BalanceLimitExceeded)]
    public void A_deposit_is_decided_by_the_rules(long? payer, long? payee, long amount, string currency, Outcome expected) =>
        Assert.Equal(expected, Decide(Deposit(payer, payee, amount, currency)));

    [Fact]
    public void A_refusal_fails_alone()
    {
        var plan = Decides(
            [User(Alice, 100), User(Bob)],
            (Pay(Alice, Bob, 60), Outcome.Done),
            (Pay(Alice, Bob, 60), Outcome.InsufficientFunds),
            (Pay(Alice, Bob, -1), Outcome.AmountOutOfRange),
            (Pay(Alice, Bob, 40), Outcome.Done));

        Assert.Equal([(Alice, 0), (Bob, 100)], plan.Balances());
        Assert.Equal([60, 40], plan.Transfers.Select(t => t.Amount));
    }

    [Fact]
    public void A_later_command_spends_what_an_earlier_one_brought()
    {
        var plan = Decides(
            [Outside(World), User(Alice), User(Bob), User(Carol)],
            (Pay(Alice, Bob, 70), Outcome.InsufficientFunds),
            (Deposit(World, Alice, 100), Outcome.Done),
            (Pay(Alice, Bob, 70), Outcome.Done),
            (Pay(Bob, Carol, 70), Outcome.Done),
            (Pay(Bob, Carol, 1), Outcome.InsufficientFunds));

        Assert.Equal([(World, -100), (Alice, 30), (Bob, 0), (Carol, 70)], plan.Balances());
    }

    [Fact]
    public void A_refused_command_brings_nothing_to_a_later_one() => Decides(
        [User(Alice, 10), User(Bob), User(Carol)],
        (Pay(Alice, Bob, 11).Keyed(1), Outcome.InsufficientFunds),
        (Pay(Bob, Carol, 11), Outcome.InsufficientFunds));

    [Fact]
    public void A_system_account_goes_below_zero_down_to_the_lowest_number_and_no_further()
    {
        var plan = Decides(
            [Outside(World), User(Alice), User(Bob)],
            (Deposit(World, Alice, long.MaxValue), Outcome.Done),
            (Deposit(World, Bob, long.MaxValue), Outcome.BalanceLimitExceeded),
            (Deposit(World, Bob, 2), Outcome.BalanceLimitExceeded),
            (Deposit(World, Bob, 1), Outcome.Done),
            (Deposit(World, Bob, 1), Outcome.BalanceLimitExceeded));

        Assert.Equal([(World, long.MinValue), (Alice, long.MaxValue), (Bob, 1)], plan.Balances());
    }

    [Fact]
    public void The_same_request_twice_in_a_batch_is_done_once_and_replayed()
    {
        var plan = Decides(
            [User(Alice, 100), User(Bob)],
            (Pay(Alice, Bob, 60).Keyed(1), Outcome.Done),
            (Pay(Alice, Bob, 60).Keyed(1), Outcome.Done));

        Assert.Equal([false, true], plan.Decisions.Select(d => d.IsReplay));
        Assert.Same(Assert.Single(plan.Transfers), plan.Decisions[1].Transfer);
        Assert.Equal([(Alice, 40), (Bob, 60)], plan.Balances());
    }

    [Fact]
    public void Another_request_under_the_key_of_an_earlier_one_in_the_batch_is_refused()
    {
        var plan = Decides(
            [User(Alice, 100), User(Bob)],
            (Pay(Alice, Bob, 60).Keyed(1, fingerprint: 1), Outcome.Done),
            (Pay(Alice, Bob, 10).Keyed(1, fingerprint: 2), Outcome.IdempotencyKeyReused),
            (Pay(Alice, Bob, 60).Keyed(1, fingerprint: 1), Outcome.Done));

        Assert.Equal(new Decision(Outcome.IdempotencyKeyReused, IsReplay: false, Transfer: null), plan.Decisions[1]);
        Assert.Equal([(Alice, 40), (Bob, 60)], plan.Balances());
    }

    [Fact]
    public void A_recorded_transfer_is_replayed_as_it_was_whatever_has_changed_since()
    {
        var command = Pay(Alice, Bob, 60).Keyed(1);
        var first = Assert.Single(Plan([User(Alice, 100), User(Bob)], [command]).Transfers);
        var replay = Plan([User(Alice) with { Status = AccountStatus.Closed }], [command], recorded: [first], now: Noon.AddDays(1));

        Assert.Equal([new Decision(Outcome.Done, IsReplay: true, first)], replay.Decisions);
        Assert.True(replay.IsEmpty);
        Assert.Empty(replay.Entries);
        Assert.Empty(replay.Changes);
    }

    [Fact]
    public void A_recorded_refusal_is_replayed_even_when_the_transfer_could_be_done_by_now()
    {
        var command = Pay(Alice, Bob, 60).Keyed(1);
        var refusal = Assert.Single(Plan([User(Alice), User(Bob)], [command]).Transfers);
        var replay = Plan([User(Alice, 100), User(Bob)], [command], recorded: [refusal]);

        Assert.Equal([new Decision(Outcome.InsufficientFunds, IsReplay: true, refusal)], replay.Decisions);
        Assert.True(replay.IsEmpty);
    }

    [Fact]
    public void A_refusal_under_a_key_stands_for_the_rest_of_the_batch()
    {
        var plan = Decides(
            [Outside(World), User(Alice), User(Bob)],
            (Pay(Alice, Bob, 60).Keyed(1), Outcome.InsufficientFunds),
            (Deposit(World, Alice, 100), Outcome.Done),
            (Pay(Alice, Bob, 60).Keyed(1), Outcome.InsufficientFunds),
            (Pay(Alice, Bob, 60).Keyed(2), Outcome.Done));

        Assert.Equal([false, false, true, false], plan.Decisions.Select(d => d.IsReplay));
    }

    [Fact]
    public void A_refusal_without_a_key_is_judged_anew()
    {
        var command = Pay(Alice, Bob, 60);
        Decides(
            [Outside(World), User(Alice), User(Bob)],
            (command, Outcome.InsufficientFunds),
            (Deposit(World, Alice, 100), Outcome.Done),
            (command, Outcome.Done));
    }

    [Fact]
    public void A_refusal_under_a_key_is_recorded_as_it_was_asked_and_moves_nothing()
    {
        var command = Pay(Nobody, Bob, -5, "XXX", by: "alice").Keyed(1, fingerprint: 2) with { Message = "lunch" };
        var plan = Plan([User(Bob) with { ChangedAt = Noon.AddHours(1) }], [command]);

        var recorded = Assert.Single(plan.Transfers);
        Assert.Equal(
            new Transfer
            {
                Id = Number(1),
                Fingerprint = Number(2),
                Kind = TransferKind.Transfer,
                Outcome = Outcome.CurrencyUnknown,
                RequestedBy = "alice",
                PayerId = Nobody,
                PayeeId = Bob,
                Amount = -5,
                Currency = "XXX",
                Message = "lunch",
                CreatedAt = Noon,
                PayerSeq = null,
                PayeeSeq = null,
                PayerBalanceAfter = null,
            },
            recorded);
        Assert.Equal(TransferStatus.Rejected, recorded.Status);
        Assert.Equal([new Decision(Outcome.CurrencyUnknown, IsReplay: false, recorded)], plan.Decisions);
        Assert.False(plan.IsEmpty);
        Assert.Empty(plan.Entries);
        Assert.Empty(plan.Changes);
    }

    [Fact]
    public void A_posted_transfer_is_kept_with_what_its_first_answer_needs()
    {
        var command = Pay(Alice, Bob, 30).Keyed(1, fingerprint: 2) with { Message = "lunch" };
        var plan = Plan([User(Alice, 100) with { EntryCount = 4 }, User(Bob, 5) with { EntryCount = 8 }], [command]);

        var posted = Assert.Single(plan.Transfers);
        Assert.Equal(
            new Transfer
            {
                Id = Number(1),
                Fingerprint = Number(2),
                Kind = TransferKind.Transfer,
                Outcome = Outcome.Done,
                RequestedBy = "alice",
                PayerId = Alice,
                PayeeId = Bob,
                Amount = 30,
                Currency = "SGD",
                Message = "lunch",
                CreatedAt = Noon,
                PayerSeq = 5,
                PayeeSeq = 9,
                PayerBalanceAfter = 70,
            },
            posted);
        Assert.Equal(TransferStatus.Posted, posted.Status);
        Assert.Equal([new Decision(Outcome.Done, IsReplay: false, posted)], plan.Decisions);
        Assert.False(plan.IsEmpty);
    }

    [Fact]
    public void A_transfer_is_one_entry_on_each_account_and_both_follow_the_heads()
    {
        var (alice, bob) = (User(Alice, 100) with { EntryCount = 4 }, User(Bob, 5) with { EntryCount = 8 });
        var command = Pay(Alice, Bob, 30) with { Message = "lunch" };
        var plan = Plan([alice, bob], [command]);

        var paid = new Entry
        {
            AccountId = Alice,
            Seq = 5,
            TransferId = command.Id,
            Kind = TransferKind.Transfer,
            Amount = -30,
            BalanceAfter = 70,
            CounterpartyId = Bob,
            Message = "lunch",
            CreatedAt = Noon,
            Hash = default,
        };
        var received = paid with { AccountId = Bob, Seq = 9, Amount = 30, BalanceAfter = 35, CounterpartyId = Alice };
        var digest = HashChain.MessageDigest("lunch");
        Assert.Equal(
            [
                paid with { Hash = HashChain.Link(alice.Head, paid, digest) },
                received with { Hash = HashChain.Link(bob.Head, received, digest) },
            ],
            plan.Entries);
    }

    [Fact]
    public void The_entries_of_a_batch_continue_each_account_without_a_gap()
    {
        var plan = Plan(
            [Outside(World), User(Alice, 10) with { EntryCount = 4 }, User(Bob)],
            [Deposit(World, Alice, 100), Pay(Alice, Bob, 30), Pay(Bob, Alice, 5), Pay(Alice, Bob, 1)]);

        Assert.Equal(
            [(5L, 100L, 110L), (6, -30, 80), (7, 5, 85), (8, -1, 84)],
            plan.Entries.Where(e => e.AccountId == Alice).Select(e => (e.Seq, e.Amount, e.BalanceAfter)));
        Assert.Equal([TransferKind.Deposit, TransferKind.Transfer], plan.Entries.Select(e => e.Kind).Distinct());
    }

    [Fact]
    public void An_account_changes_by_its_entries_and_in_nothing_else()
    {
        var alice = User(Alice, 100) with { Held = 20, Version = 7, EntryCount = 4, Name = "savings" };
        var plan = Plan([alice, User(Bob)], [Pay(Alice, Bob, 30), Pay(Alice, Bob, 10)]);

        var change = plan.Changes[0];
        var head = plan.Entries.Last(e => e.AccountId == Alice).Hash;
        Assert.Same(alice, change.Before);
        Assert.Equal(alice with { Balance = 60, Version = 8, EntryCount = 6, Head = head, ChangedAt = Noon }, change.After);
    }

    [Fact]
    public void The_changes_are_by_account_id_and_name_only_who_took_part()
    {
        var plan = Plan(
            [User(Carol, 100), User(BobUsd, 0, "USD"), User(Bob, 100), User(Alice, 100), Outside(World)],
            [Pay(Carol, Alice, 1), Pay(Bob, Alice, 101), Deposit(World, Carol, 1)]);

        Assert.Equal([World, Alice, Carol], plan.Changes.Select(c => c.After.Id));
    }

    [Fact]
    public void The_transfers_are_in_the_order_of_their_commands()
    {
        var plan = Plan(
            [User(Alice, 10), User(Bob, 10)],
            [Pay(Alice, Bob, 1).Keyed(3), Pay(Alice, Bob, 0).Keyed(1), Pay(Alice, Bob, 0), Pay(Bob, Alice, 1).Keyed(2)]);

        Assert.Equal([Number(3), Number(1), Number(2)], plan.Transfers.Select(t => t.Id));
    }

    [Fact]
    public void The_same_input_gives_the_same_plan()
    {
        TransferCommand[] commands =
            [Pay(Alice, Bob, 60).Keyed(1), Pay(Bob, Alice, 7), Pay(Bob, Carol, 8), Pay(Alice, Bob, 60).Keyed(1)];
        var (one, two) = (Plan(Cast, commands), Plan(Cast, commands));

        Assert.Equal(one.Decisions, two.Decisions);
        Assert.Equal(one.Entries, two.Entries);
        Assert.Equal(one.Changes, two.Changes);
    }

    [Fact]
    public void The_time_is_cut_to_whole_microseconds()
    {
        var plan = Plan([User(Alice, 100), User(Bob)], [Pay(Alice, Bob, 1), Pay(Alice, Bob, 0).Keyed(1)], now: Noon.AddTicks(1_234_567));

        var cut = Noon.AddTicks(1_234_560);
        Assert.All(plan.Transfers, t => Assert.Equal(cut, t.CreatedAt));
        Assert.All(plan.Entries, e => Assert.Equal(cut, e.CreatedAt));
        Assert.All(plan.Changes, c => Assert.Equal(cut, c.After.ChangedAt));
        Assert.All(plan.Entries, e => Assert.Equal(DateTimeKind.Utc, e.CreatedAt.Kind));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(-5, -1, 0)]
    [InlineData(5, 0, 5)]
    [InlineData(0, 5, 5)]
    [InlineData(3, 5, 5)]
    [InlineData(5, 3, 5)]
    public void A_transfer_is_never_older_than_the_latest_entry_of_either_account(int payerAhead, int payeeAhead, int expected)
    {
        var plan = Plan(
            [
                User(Alice, 100) with { ChangedAt = Noon.AddMinutes(payerAhead) },
                User(Bob) with { ChangedAt = Noon.AddMinutes(payeeAhead) },
            ],
            [Pay(Alice, Bob, 1)]);

        var time = Noon.AddMinutes(expected);
        Assert.Equal(time, Assert.Single(plan.Transfers).CreatedAt);
        Assert.Equal([time, time], plan.Entries.Select(e => e.CreatedAt));
        Assert.Equal([time, time], plan.Changes.Select(c => c.After.ChangedAt));
    }

    [Fact]
    public void A_later_time_spreads_with_the_money_and_no_further()
    {
        var plan = Plan(
            [User(Alice, 100) with { ChangedAt = Noon.AddMinutes(5) }, User(Bob, 100), User(Carol, 100), User(Rich, 100)],
            [Pay(Bob, Carol, 1), Pay(Alice, Bob, 1), Pay(Carol, Bob, 1), Pay(Rich, Bob, 0).Keyed(1)]);

        Assert.Equal([Noon, Noon.AddMinutes(5), Noon.AddMinutes(5), Noon], plan.Transfers.Select(t => t.CreatedAt));
    }

    [Fact]
    public void A_batch_without_commands_is_empty()
    {
        var plan = Plan(Cast, []);

        Assert.True(plan.IsEmpty);
        Assert.Empty(plan.Decisions);
        Assert.Empty(plan.Changes);
    }

    [Fact]
    public void More_commands_than_a_batch_may_have_throw()
    {
        Account[] accounts = [User(Alice, 2_000), User(Bob)];
        TransferCommand[] most = [.. Enumerable.Range(1, 1_000).Select(_ => Pay(Alice, Bob, 1))];

        Assert.Equal([(Alice, 1_000), (Bob, 1_000)], Plan(accounts, most).Balances());
        Assert.Throws<ArgumentOutOfRangeException>(() => Plan(accounts, [.. most, Pay(Alice, Bob, 1)]));
    }
}
