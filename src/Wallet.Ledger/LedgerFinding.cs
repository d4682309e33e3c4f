namespace Wallet.Ledger;

/// <summary>What an audit may find.</summary>
/// <remarks>The numbers are stored: never renumber. Those below 20 are a <see cref="ChainFault"/>'s.</remarks>
public enum FindingKind : byte
{
    /// <inheritdoc cref="ChainFault.WrongAccount"/>
    WrongAccount = 1,

    /// <inheritdoc cref="ChainFault.SequenceGap"/>
    SequenceGap = 2,

    /// <inheritdoc cref="ChainFault.WrongBalance"/>
    WrongBalance = 3,

    /// <inheritdoc cref="ChainFault.WentBackInTime"/>
    WentBackInTime = 4,

    /// <inheritdoc cref="ChainFault.BrokenHash"/>
    BrokenHash = 5,

    /// <inheritdoc cref="ChainFault.HeadMismatch"/>
    HeadMismatch = 6,

    /// <inheritdoc cref="ChainFault.WrongChangedAt"/>
    WrongChangedAt = 7,

    /// <inheritdoc cref="ChainFault.BelowZero"/>
    BelowZero = 8,

    /// <summary>An entry names a transfer that does not exist.</summary>
    TransferMissing = 20,

    /// <summary>An entry names a transfer that was refused.</summary>
    TransferNotPosted = 21,

    /// <summary>An entry's amount is not its transfer's.</summary>
    WrongAmount = 22,

    /// <summary>An entry's account or counterparty is not its transfer's, or keeps another currency.</summary>
    WrongParties = 23,

    /// <summary>An entry and its transfer differ in something else: kind, message, time, sequence number or balance.</summary>
    WrongDetails = 24,

    /// <summary>A posted transfer lacks one of its two entries.</summary>
    EntryMissing = 25,

    /// <summary>The balances of a currency do not sum to zero.</summary>
    SumNotZero = 30,

    /// <summary>There are more or fewer entries than the accounts count, or than two for each posted transfer.</summary>
    StrayEntries = 31,

    /// <summary>A row holds something that no ledger writes, such as a kind that does not exist.</summary>
    Unreadable = 40,

    /// <summary>The first kind that is a warning; those before it are broken promises. An account's latest entry lies in the future: a copy of the service has a fast clock. A warning: no money is wrong.</summary>
    InTheFuture = 50,
}

/// <summary>One thing that an audit found, and where.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="AccountId">The account; null where it is no account's.</param>
/// <param name="Seq">The sequence number of the entry; null where it is not one entry's.</param>
/// <param name="TransferId">The transfer; null where none is known.</param>
/// <param name="Currency">The currency, where it is a whole currency's.</param>
public readonly record struct LedgerFinding(FindingKind Kind, long? AccountId = null, long? Seq = null, Guid? TransferId = null, string? Currency = null)
{
    /// <summary>Whether it is a matter of care and no broken promise.</summary>
    public bool IsWarning => Kind >= FindingKind.InTheFuture;
}
