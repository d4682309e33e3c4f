using CsCheck;
using Wallet.Ledger;

namespace Wallet.Tests.Model;

/// <summary>One thing that happens to the ledger. Accounts are named by the order in which they were opened.</summary>
internal abstract record Step
{
    /// <summary>An account is asked for; under a key that may have been used.</summary>
    public sealed record Open(string Owner, string Name, string Currency, AccountKind Kind, int? Key, int Fingerprint) : Step;

    /// <summary>A user asks for account after account.</summary>
    public sealed record OpenMany(string Owner, string Currency, int Count) : Step;

    /// <summary>Commands come in, in one batch.</summary>
    /// <param name="ClockTicks">How far the clock has moved; perhaps back, as that of another copy may.</param>
    /// <param name="Orders">What is asked for.</param>
    public sealed record Batch(long ClockTicks, IReadOnlyList<Order> Orders) : Step;

    /// <summary>An earlier batch is given once more, as after a commit that was in doubt.</summary>
    /// <param name="Back">Which: 1 is the latest.</param>
    /// <param name="ClockTicks">As that of a batch.</param>
    public sealed record Again(int Back, long ClockTicks) : Step;

    /// <summary>An operator freezes, closes or reopens an account.</summary>
    public sealed record SetStatus(int Account, AccountStatus Status) : Step;

    /// <summary>So much of a balance is reserved, or all there is.</summary>
    public sealed record Hold(int Account, long Amount) : Step;
}

/// <summary>A command before its accounts have ids.</summary>
internal sealed record Order
{
    public TransferKind Kind { get; init; } = TransferKind.Transfer;

    public int? Payer { get; init; }

    public int? Payee { get; init; }

    public long Amount { get; init; }

    public string Currency { get; init; } = "SGD";

    /// <summary>Who asks; the payer's owner where it is null.</summary>
    public string? By { get; init; }

    /// <summary>Null: without an idempotency key.</summary>
    public int? Key { get; init; }

    public int Fingerprint { get; init; } = 1;

    public string? Message { get; init; }

    public override string ToString() =>
        $"{Kind} {Payer} -> {Payee} {Amount} {Currency}" + (By is null ? "" : $" by {By}") + (Key is null ? "" : $" under key {Key}, request {Fingerprint}");
}

/// <summary>
/// Random histories of a small ledger: few accounts and few keys, so that commands meet; most commands are in order, so that money moves.
/// </summary>
internal static class LedgerHistory
{
    public const int World = 0, WorldUsd = 1, Alice = 2, Bob = 3, Carol = 4, AliceUsd = 5, BobUsd = 6;

    private const int FirstOpenedLater = 7, OpenedLaterMax = 3, Keys = 8, Nobody = 1_000;

    /// <summary>The largest transfer of each currency.</summary>
    public static readonly IReadOnlyDictionary<string, long> LargestTransfers =
        new Dictionary<string, long> { ["SGD"] = 999_999, ["USD"] = 500, ["JPY"] = long.MaxValue };

    public static readonly CurrencyTable Currencies =
        new([new Currency("SGD", 0, 999_999), new Currency("USD", 2, 500), new Currency("JPY", 0, long.MaxValue)]);

    /// <summary>What is opened before every history.</summary>
    public static readonly IReadOnlyList<Step.Open> Beginning =
    [
        new("@world", "main", "SGD", AccountKind.System, null, 1), new("@world", "main", "USD", AccountKind.System, null, 1),
        new("alice", "main", "SGD", AccountKind.User, null, 1), new("bob", "main", "SGD", AccountKind.User, null, 1),
        new("carol", "main", "SGD", AccountKind.User, null, 1), new("alice", "main", "USD", AccountKind.User, null, 1),
        new("bob", "main", "USD", AccountKind.User, null, 1),
    ];

    private static readonly Gen<long> GenTicks = Gen.Frequency<long>((8, Gen.Long[-40, 80]), (1, Gen.Long[-TimeSpan.TicksPerHour, TimeSpan.TicksPerHour]));

    private static readonly Gen<int> GenUser = Gen.Frequency((6, Gen.OneOf(Alice, Bob, Carol)), (1, Gen.Int[FirstOpenedLater, FirstOpenedLater + OpenedLaterMax]));

    private static readonly Gen<long> GenAmount = Gen.Frequency<long>(
        (12, Gen.Long[1, 30]),
        (2, Gen.OneOf(499L, 500L, 501L, 999_999L, 1_000_000L)),
        (1, Gen.OneOf(0L, -1L, long.MinValue, long.MaxValue)));

    private static readonly Gen<long> GenDeposited = Gen.Frequency<long>(
        (20, Gen.Long[1, 100]),
        (4, Gen.Const(5_000_000L)),
        (4, Gen.OneOf(0L, long.MinValue, long.MaxValue, long.MaxValue - 500, (long.MaxValue / 2) + 1)));

    private static readonly Gen<Order> GenTransfer = Gen.Select(GenUser, GenUser, GenAmount, (payer, payee, amount) => new Order { Payer = payer, Payee = payee, Amount = amount });

    private static readonly Gen<Order> GenDeposit = Gen.Select(
        GenUser, GenDeposited, (payee, amount) => new Order { Kind = TransferKind.Deposit, Payer = World, Payee = payee, Amount = amount, By = "operator" });

    private static readonly Gen<Order> GenDollars = Gen.OneOf(
        new Order { Kind = TransferKind.Deposit, Payer = WorldUsd, Payee = AliceUsd, Amount = 700, Currency = "USD", By = "operator" },
        new Order { Payer = AliceUsd, Payee = BobUsd, Amount = 3, Currency = "USD" },
        new Order { Payer = BobUsd, Payee = AliceUsd, Amount = 2, Currency = "USD" },
        new Order { Payer = AliceUsd, Payee = BobUsd, Amount = 501, Currency = "USD" });

    /// <summary>What can be wrong with a command. Two draws of it make commands with two things wrong.</summary>
    private static readonly Gen<Func<Order, Order>> GenFlaw = Gen.Frequency<Func<Order, Order>>(
        (80, Gen.Const<Func<Order, Order>>(o => o)),
        (11, Gen.OneOf<Func<Order, Order>>(
            o => o with { Currency = "XXX" },
            o => o with { Currency = "USD" },
            o => o with { By = "mallory" },
            o => o with { Kind = TransferKind.Deposit },
            o => o with { Payer = null },
            o => o with { Payer = Nobody },
            o => o with { Payer = World },
            o => o with { Payee = null },
            o => o with { Payee = Nobody },
            o => o with { Payee = World },
            o => o with { Payee = AliceUsd })));

    private static readonly Gen<Order> GenOrder = Gen.Select(
        Gen.Frequency<Order>((12, GenTransfer), (8, GenDeposit), (2, GenDollars)),
        GenFlaw,
        GenFlaw,
        Gen.Int[1, 4 * Keys],
        Gen.Frequency((5, Gen.Const(1)), (1, Gen.Const(2))),
        Gen.OneOf(null, "", "thanks", "merci à vous 🍜"),
        (order, one, other, key, fingerprint, message) =>
            one(other(order)) with { Message = message, Key = key <= Keys ? key : null, Fingerprint = fingerprint });

    // Now and then one that takes a history past the marks by which SQLite finds its way.
    private static readonly Gen<Step> GenBatch = Gen.Select(GenTicks, Gen.Frequency((30, GenOrder.Array[0, 16]), (1, GenOrder.Array[80, 160])), (ticks, orders) => (Step)new Step.Batch(ticks, orders));

    private static readonly Gen<Step> GenAgain = Gen.Select(Gen.Int[1, 3], GenTicks, (back, ticks) => (Step)new Step.Again(back, ticks));

    private static readonly Gen<Step> GenStatus = Gen.Select(
        Gen.Frequency((3, Gen.Const(Alice)), (1, Gen.Const(Bob)), (1, Gen.Const(World))),
        Gen.OneOf(AccountStatus.Active, AccountStatus.Frozen, AccountStatus.Closed),
        (account, status) => (Step)new Step.SetStatus(account, status));

    private static readonly Gen<Step> GenHold = Gen.Select(Gen.OneOf(Alice, Bob), Gen.Long[0, 60], (account, amount) => (Step)new Step.Hold(account, amount));

    private static readonly Gen<Step> GenOpen = Gen.Select(
        Gen.OneOf("alice", "dora"),
        Gen.OneOf("main", "savings", "épargne", "trip"),
        Gen.Frequency((5, Gen.Const("SGD")), (4, Gen.Const("JPY")), (1, Gen.Const("XXX"))),
        Gen.Frequency<int?>((1, Gen.Const((int?)null)), (5, Gen.Int[1, 2].Select(k => (int?)k))),
        Gen.Frequency((2, Gen.Const(1)), (1, Gen.Const(2))),
        (owner, name, currency, key, fingerprint) => (Step)new Step.Open(owner, name, currency, AccountKind.User, key, fingerprint));

    private static readonly Gen<Step> GenOpenMany = Gen.Int[51, 53].Select(count => (Step)new Step.OpenMany("dora", "JPY", count));

    public static readonly Gen<Step[]> Random = Gen.Frequency<Step>(
        (60, GenBatch), (12, GenAgain), (16, GenStatus), (12, GenHold), (26, GenOpen), (1, GenOpenMany)).Array[1, 12];

    public static string Print(IReadOnlyList<Step> history) => string.Join(Environment.NewLine, history.Select(step => step switch
    {
        Step.Batch batch => $"batch, clock {batch.ClockTicks:+0;-0}: " + string.Join("; ", batch.Orders),
        _ => step.ToString(),
    }).Prepend(""));
}
