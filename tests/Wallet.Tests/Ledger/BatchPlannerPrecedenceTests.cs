using Wallet.Ledger;
using static Wallet.Tests.Ledger.LedgerSamples;

namespace Wallet.Tests.Ledger;

/// <summary>
/// Takes a transfer that would be done, and spoils it in one way or in two. The answer to a doubly spoiled one must not depend on what
/// the planner happens to look at first.
/// </summary>
public sealed class BatchPlannerPrecedenceTests
{
    private static readonly Scene Good = new(User(Alice, 100), User(Bob), Pay(Alice, Bob, 10));

    private static readonly Dictionary<Outcome, Func<Scene, Scene>> Flaws = new()
    {
        [Outcome.IdempotencyKeyReused] = s => s with { Earlier = Recorded(s.Command.Id, fingerprint: 2) },
        [Outcome.CurrencyUnknown] = s => s with { Command = s.Command with { Currency = "XXX" } },
        [Outcome.AmountOutOfRange] = s => s with { Command = s.Command with { Amount = 1_000_000 } },
        [Outcome.PayerNotFound] = s => s with { Command = s.Command with { RequestedBy = "mallory" } },
        [Outcome.PayeeNotFound] = s => s with { Payee = s.Payee with { Kind = AccountKind.System } },
        [Outcome.SelfTransfer] = s => s with { Command = s.Command with { PayeeId = Alice } },
        [Outcome.CurrencyMismatch] = s => s with { Payer = s.Payer with { Currency = "USD" } },
        [Outcome.PayerFrozen] = s => s with { Payer = s.Payer with { Status = AccountStatus.Frozen } },
        [Outcome.PayerClosed] = s => s with { Payer = s.Payer with { Status = AccountStatus.Closed } },
        [Outcome.PayeeUnavailable] = s => s with { Payee = s.Payee with { Status = AccountStatus.Frozen } },
        [Outcome.InsufficientFunds] = s => s with { Payer = s.Payer with { Held = 100 } },
        [Outcome.BalanceLimitExceeded] = s => s with { Payee = s.Payee with { Balance = long.MaxValue } },
    };

    /// <summary>What cannot be spoilt at once: an account has one status, and where payer and payee are one so are their flaws.</summary>
    private static readonly (Outcome, Outcome)[] Exclusive =
    [
        (Outcome.PayerFrozen, Outcome.PayerClosed),
        (Outcome.PayeeNotFound, Outcome.SelfTransfer),
        (Outcome.SelfTransfer, Outcome.PayeeUnavailable),
        (Outcome.SelfTransfer, Outcome.BalanceLimitExceeded),
    ];

    public static TheoryData<Outcome> EachFlaw => [.. Flaws.Keys];

    public static TheoryData<Outcome, Outcome> FlawPairs =>
    [
        .. from lower in Flaws.Keys
           from higher in Flaws.Keys
           where lower < higher && !Exclusive.Contains((lower, higher))
           select (lower, higher),
    ];

    private static Transfer Recorded(Guid id, int fingerprint) => new()
    {
        Id = id,
        Fingerprint = Number(fingerprint),
        Kind = TransferKind.Transfer,
        Outcome = Outcome.PayerFrozen,
        RequestedBy = "alice",
        PayerId = Alice,
        PayeeId = Bob,
        Amount = 10,
        Currency = "SGD",
        Message = null,
        CreatedAt = Noon.AddHours(-1),
        PayerSeq = null,
        PayeeSeq = null,
        PayerBalanceAfter = null,
    };

    [Fact]
    public void Without_a_flaw_the_transfer_is_done() => Assert.Equal(Outcome.Done, Assert.Single(Good.Plan().Decisions).Outcome);

    [Fact]
    public void There_is_a_flaw_for_every_refusal_of_a_transfer() =>
        Assert.Equal(
            Enum.GetValues<Outcome>().Except([Outcome.Done, Outcome.AccountNameTaken, Outcome.TooManyAccounts]),
            Flaws.Keys);

    [Theory]
    [MemberData(nameof(EachFlaw))]
    public void One_flaw_is_refused_and_leaves_no_trace(Outcome flaw)
    {
        var plan = Flaws[flaw](Good).Plan();

        Assert.Equal([new Decision(flaw, IsReplay: false, Transfer: null)], plan.Decisions);
        Assert.True(plan.IsEmpty);
        Assert.Empty(plan.Entries);
        Assert.Empty(plan.Changes);
    }

    [Theory]
    [MemberData(nameof(FlawPairs))]
    public void Of_two_flaws_the_lower_number_is_given(Outcome lower, Outcome higher)
    {
        var plan = Flaws[lower](Flaws[higher](Good)).Plan();

        Assert.Equal(lower, Assert.Single(plan.Decisions).Outcome);
    }

    [Fact]
    public void Of_every_flaw_at_once_the_lowest_number_is_given_and_then_the_next()
    {
        Outcome[] order =
        [
            Outcome.IdempotencyKeyReused, Outcome.CurrencyUnknown, Outcome.AmountOutOfRange, Outcome.PayerNotFound,
            Outcome.PayeeNotFound, Outcome.CurrencyMismatch, Outcome.PayerFrozen, Outcome.PayeeUnavailable,
            Outcome.InsufficientFunds, Outcome.BalanceLimitExceeded,
        ];
        var scenes = order.Select((_, cured) => order[cured..].Aggregate(Good, (scene, flaw) => Flaws[flaw](scene)));

        Assert.Equal(order, scenes.Select(s => s.Plan().Decisions[0].Outcome));
    }

    private sealed record Scene(Account Payer, Account Payee, TransferCommand Command, Transfer? Earlier = null)
    {
        public BatchPlan Plan() => LedgerSamples.Plan([Payer, Payee], [Command], Earlier is null ? [] : [Earlier]);
    }
}
