using Wallet.Ledger;
using static Wallet.Tests.Ledger.LedgerSamples;

namespace Wallet.Tests.Ledger;

public sealed class ChainVerifierTests
{
    private static readonly (Account Account, Entry[] Entries) Good = AliceWithFourEntries();

    private static readonly Dictionary<string, (ChainFault Fault, Func<Entry[], IEnumerable<Entry>> Tamper)> TamperedLines = new()
    {
        ["amount"] = (ChainFault.WrongBalance, l => Change(l, 1, e => e with { Amount = -3 })),
        ["balance"] = (ChainFault.WrongBalance, l => Change(l, 1, e => e with { BalanceAfter = 700 })),
        ["amount and balance"] = (ChainFault.BrokenHash, l => Change(l, 3, e => e with { Amount = -3, BalanceAfter = 72 })),
        ["amount and every balance after it"] = (ChainFault.BrokenHash, l => Renumber(Change(l, 0, e => e with { Amount = 1000 }))),
        ["message"] = (ChainFault.BrokenHash, l => Change(l, 1, e => e with { Message = "dinner" })),
        ["message taken away"] = (ChainFault.BrokenHash, l => Change(l, 1, e => e with { Message = null })),
        ["message made up"] = (ChainFault.BrokenHash, l => Change(l, 2, e => e with { Message = "" })),
        ["counterparty"] = (ChainFault.BrokenHash, l => Change(l, 1, e => e with { CounterpartyId = Carol })),
        ["kind"] = (ChainFault.BrokenHash, l => Change(l, 0, e => e with { Kind = TransferKind.Transfer })),
        ["transfer id"] = (ChainFault.BrokenHash, l => Change(l, 1, e => e with { TransferId = Number(1) })),
        ["hash"] = (ChainFault.BrokenHash, l => Change(l, 1, e => e with { Hash = l[0].Hash })),
        ["hash of the latest"] = (ChainFault.BrokenHash, l => Change(l, 3, e => e with { Hash = default })),
        ["time, later"] = (ChainFault.BrokenHash, l => Change(l, 1, e => e with { CreatedAt = e.CreatedAt.AddMicroseconds(1) })),
        ["time, earlier"] = (ChainFault.WentBackInTime, l => Change(l, 1, e => e with { CreatedAt = Noon.AddMicroseconds(-1) })),
        ["time, before the opening"] = (ChainFault.WentBackInTime, l => Change(l, 0, e => e with { CreatedAt = Noon.AddDays(-2) })),
        ["account"] = (ChainFault.WrongAccount, l => Change(l, 1, e => e with { AccountId = Bob })),
        ["sequence number"] = (ChainFault.SequenceGap, l => Change(l, 1, e => e with { Seq = 20 })),
        ["first entry removed"] = (ChainFault.SequenceGap, l => l[1..]),
        ["middle entry removed"] = (ChainFault.SequenceGap, l => [l[0], .. l[2..]]),
        ["middle entry removed, the rest made to fit"] = (ChainFault.BrokenHash, l => Renumber([l[0], .. l[2..]])),
        ["latest entry removed"] = (ChainFault.HeadMismatch, l => l[..^1]),
        ["every entry removed"] = (ChainFault.HeadMismatch, _ => []),
        ["entry repeated"] = (ChainFault.SequenceGap, l => [l[0], l[1], l[1], .. l[2..]]),
        ["latest entry repeated"] = (ChainFault.SequenceGap, l => [.. l, l[^1]]),
        ["entries swapped"] = (ChainFault.SequenceGap, l => [l[0], l[2], l[1], l[3]]),
        ["entries swapped and made to fit"] = (ChainFault.BrokenHash, l => Renumber([l[0], l[1], l[3], l[2]])),
        ["rewritten with new hashes"] = (ChainFault.HeadMismatch, l => Rehash(Renumber(Change(l, 0, e => e with { Amount = 1000 })))),
        ["rewritten message with new hashes"] = (ChainFault.HeadMismatch, l => Rehash(Change(l, 3, e => e with { Message = "bribe" }))),
        ["entry invented at the end, with its hash"] = (ChainFault.HeadMismatch, l => Rehash(Renumber([.. l, l[3]]))),
    };

    private static readonly Dictionary<string, (ChainFault Fault, Func<Account, Account> Tamper)> TamperedRows = new()
    {
        ["balance"] = (ChainFault.HeadMismatch, a => a with { Balance = a.Balance + 1 }),
        ["entry count"] = (ChainFault.HeadMismatch, a => a with { EntryCount = a.EntryCount + 1 }),
        ["head"] = (ChainFault.HeadMismatch, a => a with { Head = default }),
        ["time of change, later"] = (ChainFault.WrongChangedAt, a => a with { ChangedAt = a.ChangedAt.AddMicroseconds(1) }),
        ["time of change, earlier"] = (ChainFault.WrongChangedAt, a => a with { ChangedAt = a.CreatedAt }),
        ["held more than there is"] = (ChainFault.BelowZero, a => a with { Held = a.Balance + 1 }),
        ["owner"] = (ChainFault.BrokenHash, a => a with { UserId = "mallory" }),
        ["currency"] = (ChainFault.BrokenHash, a => a with { Currency = "USD" }),
        ["opened earlier"] = (ChainFault.BrokenHash, a => a with { CreatedAt = a.CreatedAt.AddMicroseconds(-1) }),
        ["opened after the first entry"] = (ChainFault.WentBackInTime, a => a with { CreatedAt = Noon.AddMicroseconds(1) }),
    };

    public static TheoryData<string> TamperedLineNames => [.. TamperedLines.Keys];

    public static TheoryData<string> TamperedRowNames => [.. TamperedRows.Keys];

    private static (Account, Entry[]) AliceWithFourEntries()
    {
        TransferCommand[] first = [Deposit(World, Alice, 100) with { Message = "salary" }, Pay(Alice, Bob, 30) with { Message = "lunch" }];
        TransferCommand[] second = [Pay(Bob, Alice, 5), Pay(Alice, Bob, 1) with { Message = "thank you" }];
        var morning = Plan([Outside(World), User(Alice), User(Bob)], first);
        var evening = Plan([.. morning.Changes.Select(c => c.After)], second, now: Noon.AddHours(6));

        var entries = morning.Entries.Concat(evening.Entries).Where(e => e.AccountId == Alice);
        return (evening.Changes.Single(c => c.After.Id == Alice).After, [.. entries]);
    }

    private static Entry[] Change(Entry[] entries, int index, Func<Entry, Entry> change) =>
        [.. entries.Select((l, i) => i == index ? change(l) : l)];

    /// <summary>Makes sequence numbers, balances and times fit, as a forger would who does not know of the hashes.</summary>
    private static Entry[] Renumber(Entry[] entries)
    {
        var balance = 0L;
        return
        [
            .. entries.Select((l, i) => l with
            {
                Seq = i + 1,
                BalanceAfter = balance += l.Amount,
                CreatedAt = Good.Entries[Math.Min(i, 3)].CreatedAt,
            }),
        ];
    }

    /// <summary>Makes the hashes fit as well, which anyone can do who may write to the database.</summary>
    private static Entry[] Rehash(Entry[] entries)
    {
        var head = HashChain.Opening(Good.Account.Id, Good.Account.UserId, Good.Account.Currency, Good.Account.CreatedAt);
        return
        [
            .. entries.Select(l => l with
            {
                Hash = head = HashChain.Link(head, l, HashChain.MessageDigest(l.Message)),
            }),
        ];
    }

    private static ChainFault FirstFault(Account account, IEnumerable<Entry> entries)
    {
        var verifier = new ChainVerifier(account);
        foreach (var entry in entries)
        {
            if (verifier.Follow(entry) is var fault and not ChainFault.None)
                return fault;
        }

        return verifier.Finish();
    }

    [Fact]
    public void An_untouched_history_has_no_fault()
    {
        Assert.Equal([100, -30, 5, -1], Good.Entries.Select(l => l.Amount));
        Assert.Equal(ChainFault.None, FirstFault(Good.Account, Good.Entries));
    }

    [Theory]
    [MemberData(nameof(TamperedLineNames))]
    public void A_history_that_was_tampered_with_shows(string name)
    {
        var (fault, tamper) = TamperedLines[name];

        Assert.Equal(fault, FirstFault(Good.Account, tamper(Good.Entries)));
    }

    [Theory]
    [MemberData(nameof(TamperedRowNames))]
    public void An_account_row_that_was_tampered_with_shows(string name)
    {
        var (fault, tamper) = TamperedRows[name];

        Assert.Equal(fault, FirstFault(tamper(Good.Account), Good.Entries));
    }

    [Fact]
    public void An_account_without_entries_has_the_head_of_its_opening()
    {
        Assert.Equal(ChainFault.None, FirstFault(User(Alice), []));
        Assert.Equal(ChainFault.HeadMismatch, FirstFault(User(Alice, balance: 1), []));
        Assert.Equal(ChainFault.HeadMismatch, FirstFault(User(Alice) with { UserId = "mallory" }, []));
        Assert.Equal(ChainFault.WrongChangedAt, FirstFault(User(Alice) with { ChangedAt = Noon }, []));
    }

    [Fact]
    public void It_goes_on_from_where_it_was_before()
    {
        var before = new ChainVerifier(Good.Account);
        Assert.All(Good.Entries[..2], e => Assert.Equal(ChainFault.None, before.Follow(e)));
        var after = new ChainVerifier(Good.Account, before.Position);

        Assert.Equal(ChainFault.SequenceGap, after.Follow(Good.Entries[1]));
        Assert.All(Good.Entries[2..], e => Assert.Equal(ChainFault.None, after.Follow(e)));
        Assert.Equal(ChainFault.None, after.Finish());
    }

    [Fact]
    public void From_a_place_of_which_only_the_number_is_known_it_takes_one_entry_as_it_is_and_no_more()
    {
        var verifier = new ChainVerifier(Good.Account, ChainPosition.Unknown(1));

        Assert.Equal(ChainFault.SequenceGap, verifier.Follow(Good.Entries[2]));
        Assert.Equal(ChainFault.None, verifier.Follow(Good.Entries[1]));
        Assert.Equal(ChainFault.BrokenHash, verifier.Follow(Good.Entries[2] with { Message = "forged" }));
        Assert.Equal(ChainFault.None, verifier.Follow(Good.Entries[2]));
        Assert.Equal(ChainFault.None, verifier.Follow(Good.Entries[3]));
        Assert.Equal(ChainFault.None, verifier.Finish());
    }

    [Fact]
    public void A_user_who_was_below_zero_shows_and_the_world_may_be()
    {
        var entry = Plan([Outside(World), User(Alice)], [Deposit(World, Alice, 7)]).Entries.Single(e => e.AccountId == World);
        var asUser = Outside(World) with { Kind = AccountKind.User };

        Assert.Equal(ChainFault.None, new ChainVerifier(Outside(World)).Follow(entry));
        Assert.Equal(ChainFault.BelowZero, new ChainVerifier(asUser).Follow(entry));
    }

    [Fact]
    public void It_says_how_far_the_history_is_good_and_goes_on_from_there()
    {
        var verifier = new ChainVerifier(Good.Account);
        Entry[] entries = [Good.Entries[0], Good.Entries[2], Good.Entries[1] with { Message = "dinner" }];
        var faults = entries.Select(l => verifier.Follow(l)).ToArray();

        Assert.Equal([ChainFault.None, ChainFault.SequenceGap, ChainFault.BrokenHash], faults);
        Assert.Equal((1, 100), (verifier.Seq, verifier.Balance));
        Assert.All(Good.Entries[1..], l => Assert.Equal(ChainFault.None, verifier.Follow(l)));
        Assert.Equal((4, 74), (verifier.Seq, verifier.Balance));
    }

    [Fact]
    public void A_balance_that_wrapped_around_is_wrong()
    {
        var plan = Plan([Outside(World), User(Alice)], [Deposit(World, Alice, long.MaxValue)]);
        var full = plan.Entries.Single(e => e.AccountId == Alice);
        var verifier = new ChainVerifier(plan.Changes.Single(c => c.After.Id == Alice).After);

        Assert.Equal(ChainFault.None, verifier.Follow(full));
        Assert.Equal(ChainFault.WrongBalance, verifier.Follow(full with { Seq = 2, Amount = 1, BalanceAfter = long.MinValue }));
    }

}
