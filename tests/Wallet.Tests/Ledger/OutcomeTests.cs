using Wallet.Ledger;

namespace Wallet.Tests.Ledger;

public sealed class OutcomeTests
{
    // The numbers are in databases: a line may be added, none may change.
    private static readonly (Outcome Outcome, string Name, int Number, bool IsTransient)[] Table =
    [
        (Outcome.Done, "Done", 0, false),
        (Outcome.IdempotencyKeyReused, "IdempotencyKeyReused", 1, false),
        (Outcome.CurrencyUnknown, "CurrencyUnknown", 2, false),
        (Outcome.AmountOutOfRange, "AmountOutOfRange", 3, false),
        (Outcome.PayerNotFound, "PayerNotFound", 4, true),
        (Outcome.PayeeNotFound, "PayeeNotFound", 5, true),
        (Outcome.SelfTransfer, "SelfTransfer", 6, false),
        (Outcome.CurrencyMismatch, "CurrencyMismatch", 7, false),
        (Outcome.PayerFrozen, "PayerFrozen", 8, true),
        (Outcome.PayerClosed, "PayerClosed", 9, false),
        (Outcome.PayeeUnavailable, "PayeeUnavailable", 10, true),
        (Outcome.InsufficientFunds, "InsufficientFunds", 11, true),
        (Outcome.BalanceLimitExceeded, "BalanceLimitExceeded", 12, true),
        (Outcome.AccountNameTaken, "AccountNameTaken", 20, true),
        (Outcome.TooManyAccounts, "TooManyAccounts", 21, true),
    ];

    [Fact]
    public void Every_outcome_keeps_its_name_and_number() =>
        Assert.Equal(Table.Select(r => (r.Name, r.Number)), Enum.GetValues<Outcome>().Select(o => (o.ToString(), (int)o)));

    [Fact]
    public void Every_outcome_says_whether_it_is_transient() =>
        Assert.Equal(Table.Select(r => (r.Outcome, r.IsTransient)), Enum.GetValues<Outcome>().Select(o => (o, o.IsTransient())));

    [Fact]
    public void Every_other_stored_number_keeps_its_meaning()
    {
        Assert.Equal([("User", 1), ("System", 2)], Enum.GetValues<AccountKind>().Select(k => (k.ToString(), (int)k)));
        Assert.Equal([("Active", 1), ("Frozen", 2), ("Closed", 3)], Enum.GetValues<AccountStatus>().Select(s => (s.ToString(), (int)s)));
        Assert.Equal([("Transfer", 1), ("Deposit", 2)], Enum.GetValues<TransferKind>().Select(k => (k.ToString(), (int)k)));
        Assert.Equal([("Posted", 1), ("Rejected", 2)], Enum.GetValues<TransferStatus>().Select(s => (s.ToString(), (int)s)));
    }
}
