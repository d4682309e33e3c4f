using CsCheck;
using Wallet.Ledger;
using static Wallet.Tests.Ledger.LedgerSamples;

namespace Wallet.Tests.Ledger;

/// <summary>What happens between two batches, and then the commands that come in.</summary>
/// <param name="ClockTicks">How far the clock moves; perhaps back, as that of another copy may.</param>
/// <param name="Status">An operator freezes, closes or reopens an account.</param>
/// <param name="Hold">That much of a user's balance is reserved, or all there is.</param>
/// <param name="Commands">What is asked for.</param>
internal sealed record Chapter(
    long ClockTicks,
    (long AccountId, AccountStatus Status)? Status,
    (long AccountId, long Amount)? Hold,
    IReadOnlyList<TransferCommand> Commands);

/// <summary>
/// Random histories of a small ledger: few accounts and few keys, so that commands meet; most commands are in order, so that money moves.
/// </summary>
internal static class LedgerHistory
{
    private const int Keys = 8;

    private static readonly Gen<long> GenUser = Gen.OneOf(Alice, Bob, Carol);

    private static readonly Gen<long> GenAmount = Gen.Frequency<long>(
        (12, Gen.Long[1, 30]),
        (2, Gen.OneOf<long>(499, 500, 501, 999_999, 1_000_000)),
        (1, Gen.OneOf<long>(0, -1, long.MinValue, long.MaxValue)));

    private static readonly Gen<long> GenDeposited = Gen.Frequency<long>(
        (20, Gen.Long[1, 100]),
        (4, Gen.Const(5_000_000L)),
        (2, Gen.OneOf<long>(0, long.MinValue, long.MaxValue, (long.MaxValue / 2) + 1)));

    private static readonly Gen<TransferCommand> GenTransfer = Gen.Select(
        Gen.OneOf((Alice, Bob), (Alice, Carol), (Bob, Alice), (Bob, Carol), (Carol, Alice), (Carol, Bob), (Alice, Alice)),
        GenAmount,
        (parties, amount) => Pay(parties.Item1, parties.Item2, amount));

    private static readonly Gen<TransferCommand> GenDeposit =
        Gen.Select(GenUser, GenDeposited, (payee, amount) => Deposit(World, payee, amount));

    private static readonly Gen<TransferCommand> GenDollars = Gen.OneOf(
        Deposit(WorldUsd, AliceUsd, 700, "USD"),
        Pay(AliceUsd, BobUsd, 3, "USD"),
        Pay(BobUsd, AliceUsd, 2, "USD"),
        Pay(AliceUsd, BobUsd, 501, "USD"));

    /// <summary>What can be wrong with a command. Two draws of it make commands with two things wrong.</summary>
    private static readonly Gen<Func<TransferCommand, TransferCommand>> GenFlaw = Gen.Frequency<Func<TransferCommand, TransferCommand>>(
        (90, c => c),
        (1, c => c with { Currency = "XXX" }),
        (1, c => c with { Currency = "USD" }),
        (1, c => c with { RequestedBy = "mallory" }),
        (1, c => c with { Kind = TransferKind.Deposit }),
        (1, c => c with { PayerId = null }),
        (1, c => c with { PayerId = Nobody }),
        (1, c => c with { PayerId = World }),
        (1, c => c with { PayeeId = null }),
        (1, c => c with { PayeeId = Nobody }),
        (1, c => c with { PayeeId = World }),
        (1, c => c with { PayeeId = AliceUsd }));

    private static readonly Gen<TransferCommand> GenCommand = Gen.Select(
        Gen.Frequency<TransferCommand>((12, GenTransfer), (8, GenDeposit), (2, GenDollars)),
        GenFlaw,
        GenFlaw,
        Gen.Int[1, 4 * Keys],
        Gen.Frequency((5, 1), (1, 2)),
        Gen.OneOf(null, "", "thanks", "merci à vous 🍜"),
        (command, one, other, key, fingerprint, message) =>
        {
            var flawed = one(other(command)) with { Message = message };
            return key <= Keys ? flawed.Keyed(key, fingerprint) : flawed;
        });

    private static readonly Gen<Chapter> GenChapter = Gen.Select(
        Gen.Long[-40, 80],
        Gen.Frequency<long?>((4, (long?)null), (3, Alice), (1, Bob), (1, World)),
        Gen.OneOf(AccountStatus.Active, AccountStatus.Frozen, AccountStatus.Closed),
        Gen.Frequency<long?>((1, (long?)null), (1, Alice), (1, Bob)),
        Gen.Long[0, 60],
        GenCommand.Array[0, 16],
        (ticks, changed, status, holder, held, commands) =>
            new Chapter(ticks, changed is { } c ? (c, status) : null, holder is { } h ? (h, held) : null, commands));

    public static readonly Gen<Chapter[]> Random = GenChapter.Array[1, 6].Select(Numbered);

    /// <summary>The accounts of every history, empty.</summary>
    public static IReadOnlyList<Account> Accounts { get; } =
    [
        Outside(World), User(Alice), User(Bob), User(Carol),
        Outside(WorldUsd, currency: "USD"), User(AliceUsd, currency: "USD"), User(BobUsd, currency: "USD"),
    ];

    public static string Print(Chapter[] history) => string.Join(
        Environment.NewLine,
        history.SelectMany(c => c.Commands.Select(Print).Prepend($"clock {c.ClockTicks:+0;-0}, status {c.Status}, hold {c.Hold}")));

    private static string Print(TransferCommand c) =>
        $"  {c.Kind} {c.PayerId} -> {c.PayeeId} {c.Amount} {c.Currency} by {c.RequestedBy}"
        + (c.IsKeyed ? $" under {c.Id}, {c.Fingerprint}" : "");

    /// <summary>Gives each command without a key an id of its own: the same one in every run of the same seed.</summary>
    private static Chapter[] Numbered(Chapter[] history)
    {
        var number = 1_000;
        return
        [
            .. history.Select(chapter => chapter with
            {
                Commands =
                [
                    .. chapter.Commands.Select(c => c.IsKeyed ? c : c with { Id = Number(++number), Fingerprint = Number(number) }),
                ],
            }),
        ];
    }
}
