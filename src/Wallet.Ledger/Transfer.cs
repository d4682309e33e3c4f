namespace Wallet.Ledger;

/// <summary>Why money moves.</summary>
/// <remarks>The numbers are stored and hashed: never renumber.</remarks>
public enum TransferKind : byte
{
    /// <summary>From one user's account to another.</summary>
    Transfer = 1,

    /// <summary>From a system account to a user's: money that came in from outside.</summary>
    Deposit = 2,
}

/// <summary>What became of a transfer.</summary>
/// <remarks>The numbers are stored: never renumber.</remarks>
public enum TransferStatus : byte
{
    /// <summary>Its entries are in the ledger.</summary>
    Posted = 1,

    /// <summary>It was refused for good; nothing moved.</summary>
    Rejected = 2,
}

/// <summary>An order to move money. It is complete and checked for form; whether it may happen is for the <see cref="BatchPlanner"/>.</summary>
public sealed record TransferCommand
{
    /// <summary>Makes the transfer unique. Made from the idempotency key where there is one, so that the same key is the same transfer.</summary>
    public required Guid Id { get; init; }

    /// <summary>Whether the id came from an idempotency key. Then a refusal is recorded too.</summary>
    public required bool IsKeyed { get; init; }

    /// <summary>A digest of the request as it was sent. The same key with another fingerprint is another request.</summary>
    public required Guid Fingerprint { get; init; }

    /// <summary>Why money moves, which says who may ask and between which kinds of account.</summary>
    public required TransferKind Kind { get; init; }

    /// <summary>The user who asks. For <see cref="TransferKind.Transfer"/> she must own the paying account.</summary>
    public required string RequestedBy { get; init; }

    /// <summary>The account that pays, or null where who asks has none that fits.</summary>
    public required long? PayerId { get; init; }

    /// <summary>The account that receives, or null where the named recipient has none that fits.</summary>
    public required long? PayeeId { get; init; }

    /// <summary>How much, in the currency's unit. Any number: the planner checks the range.</summary>
    public required long Amount { get; init; }

    /// <summary>The currency's code.</summary>
    public required string Currency { get; init; }

    /// <summary>A note for both parties; up to <see cref="Limits.MessageLengthMax"/> characters.</summary>
    public string? Message { get; init; }
}

/// <summary>A transfer as the ledger keeps it: posted, or refused under a recorded key.</summary>
public sealed record Transfer
{
    /// <inheritdoc cref="TransferCommand.Id"/>
    public required Guid Id { get; init; }

    /// <inheritdoc cref="TransferCommand.Fingerprint"/>
    public required Guid Fingerprint { get; init; }

    /// <inheritdoc cref="TransferCommand.Kind"/>
    public required TransferKind Kind { get; init; }

    /// <summary><see cref="Outcome.Done"/> where it was posted, else why it was refused.</summary>
    public required Outcome Outcome { get; init; }

    /// <inheritdoc cref="TransferCommand.RequestedBy"/>
    public required string RequestedBy { get; init; }

    /// <inheritdoc cref="TransferCommand.PayerId"/>
    public required long? PayerId { get; init; }

    /// <inheritdoc cref="TransferCommand.PayeeId"/>
    public required long? PayeeId { get; init; }

    /// <inheritdoc cref="TransferCommand.Amount"/>
    public required long Amount { get; init; }

    /// <inheritdoc cref="TransferCommand.Currency"/>
    public required string Currency { get; init; }

    /// <inheritdoc cref="TransferCommand.Message"/>
    public required string? Message { get; init; }

    /// <summary>When the ledger decided, UTC, in whole microseconds.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>The sequence number of the payer's entry; null where it was refused.</summary>
    public required long? PayerSeq { get; init; }

    /// <summary>The sequence number of the payee's entry; null where it was refused.</summary>
    public required long? PayeeSeq { get; init; }

    /// <summary>The payer's balance after it, so that a replay gives the first answer; null where it was refused.</summary>
    public required long? PayerBalanceAfter { get; init; }

    /// <summary>Whether its entries are in the ledger.</summary>
    public TransferStatus Status => Outcome == Outcome.Done ? TransferStatus.Posted : TransferStatus.Rejected;
}

/// <summary>One line in the history of one account. Entries are only ever added.</summary>
public sealed record Entry
{
    /// <summary>The account whose history this is.</summary>
    public required long AccountId { get; init; }

    /// <summary>1 for the account's first entry, and one more for each that follows, with no gap.</summary>
    public required long Seq { get; init; }

    /// <summary>The transfer that it belongs to.</summary>
    public required Guid TransferId { get; init; }

    /// <summary>Why money moved.</summary>
    public required TransferKind Kind { get; init; }

    /// <summary>What the account gained (above zero) or paid (below zero), in the currency's unit.</summary>
    public required long Amount { get; init; }

    /// <summary>The account's balance with this entry.</summary>
    public required long BalanceAfter { get; init; }

    /// <summary>The account on the other side.</summary>
    public required long CounterpartyId { get; init; }

    /// <summary>The transfer's message, which both of its entries carry, so that a history is read and checked without the transfers.</summary>
    public required string? Message { get; init; }

    /// <summary>When, UTC, in whole microseconds; never before the entry that precedes it on this account.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>The link of the chain: see <see cref="HashChain"/>.</summary>
    public required Hash256 Hash { get; init; }
}
