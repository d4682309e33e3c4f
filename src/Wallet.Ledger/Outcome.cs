namespace Wallet.Ledger;

/// <summary>
/// What became of a command. The numbers are stored: never renumber. Where several refusals apply, the one with the lowest number
/// is given, so that an answer does not depend on the order in which something was looked up.
/// </summary>
public enum Outcome : short
{
    /// <summary>It was done. For a transfer: its entries are in the ledger.</summary>
    Done = 0,

    /// <summary>The idempotency key was used before, with another request.</summary>
    IdempotencyKeyReused = 1,

    /// <summary>The wallet does not keep that currency.</summary>
    CurrencyUnknown = 2,

    /// <summary>The amount is below 1, or that of a transfer between users is above the currency's largest.</summary>
    AmountOutOfRange = 3,

    /// <summary>The paying account does not exist, or does not belong to who asks.</summary>
    PayerNotFound = 4,

    /// <summary>The receiving account or user does not exist, or cannot be paid by users.</summary>
    PayeeNotFound = 5,

    /// <summary>The paying and the receiving account are the same.</summary>
    SelfTransfer = 6,

    /// <summary>The paying or the receiving account keeps another currency than the transfer's.</summary>
    CurrencyMismatch = 7,

    /// <summary>The paying account is frozen.</summary>
    PayerFrozen = 8,

    /// <summary>The paying account is closed.</summary>
    PayerClosed = 9,

    /// <summary>The receiving account is frozen or closed. One outcome for both: a payer is not told why.</summary>
    PayeeUnavailable = 10,

    /// <summary>The paying account's available balance is less than the amount.</summary>
    InsufficientFunds = 11,

    /// <summary>The balance of one of the accounts would not fit into 64 bits.</summary>
    BalanceLimitExceeded = 12,

    /// <summary>The user already has an account of that name in that currency.</summary>
    AccountNameTaken = 20,

    /// <summary>The user has <see cref="Limits.AccountsPerUserMax"/> accounts.</summary>
    TooManyAccounts = 21,
}

/// <summary>What can be said of every outcome.</summary>
public static class Outcomes
{
    /// <summary>
    /// Whether the same command, sent anew, may be accepted later: the refusal came from the state of the ledger, which changes, and not
    /// from the command alone. A recorded key keeps its refusal all the same, so "anew" means with a new key.
    /// </summary>
    public static bool IsTransient(this Outcome outcome) => outcome switch
    {
        Outcome.Done => false,
        Outcome.IdempotencyKeyReused => false,
        Outcome.CurrencyUnknown => false,
        Outcome.AmountOutOfRange => false,
        Outcome.PayerNotFound => true,
        Outcome.PayeeNotFound => true,
        Outcome.SelfTransfer => false,
        Outcome.CurrencyMismatch => false,
        Outcome.PayerFrozen => true,
        Outcome.PayerClosed => false,
        Outcome.PayeeUnavailable => true,
        Outcome.InsufficientFunds => true,
        Outcome.BalanceLimitExceeded => true,
        Outcome.AccountNameTaken => true,
        Outcome.TooManyAccounts => true,
    };
}
