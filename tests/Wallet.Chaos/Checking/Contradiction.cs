namespace Wallet.Chaos.Checking;

/// <summary>What the service or the ledger did that it promises not to do.</summary>
internal enum Fault
{
    /// <summary>An acknowledged transfer is not in the ledger.</summary>
    TransferLost,

    /// <summary>A transfer is there more than once.</summary>
    TransferDoubled,

    /// <summary>A transfer is there with other amounts, parties or balances than were told.</summary>
    TransferDiffers,

    /// <summary>A transfer that was refused has entries.</summary>
    RefusalMovedMoney,

    /// <summary>A refusal under a key is not recorded, or as another.</summary>
    RefusalDiffers,

    /// <summary>There is an entry that nobody asked for.</summary>
    EntryUnasked,

    /// <summary>An account's balance is not the sum of what was told.</summary>
    BalanceDiffers,

    /// <summary>A user's balance is or was below zero.</summary>
    BalanceNegative,

    /// <summary>The balances of all accounts do not sum to zero.</summary>
    SumNotZero,

    /// <summary>An account's chain does not lead from its opening to its head.</summary>
    ChainBroken,

    /// <summary>An account's version cannot have come from its entries.</summary>
    VersionImpossible,

    /// <summary>The same key was answered in two ways.</summary>
    AnswerChanged,

    /// <summary>The answer to a key that had been answered before did not say that it is a replay.</summary>
    ReplayUnmarked,

    /// <summary>Every earlier answer said that nothing was changed, and yet it had been.</summary>
    ChangeDenied,

    /// <summary>An answer that must not come, such as 500, or a refusal without a reason.</summary>
    AnswerUnexpected,

    /// <summary>A read that began after an acknowledgement did not see it.</summary>
    ReadStale,

    /// <summary>A key found no answer although everything ran.</summary>
    NeverAnswered,

    /// <summary>The service did not stop in order.</summary>
    StopFailed,
}

/// <param name="Fault">What is wrong.</param>
/// <param name="Explanation">Where, with what was expected and what was found.</param>
internal sealed record Contradiction(Fault Fault, string Explanation);
