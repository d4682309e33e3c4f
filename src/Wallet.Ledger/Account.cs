namespace Wallet.Ledger;

/// <summary>Who an account belongs to.</summary>
/// <remarks>The numbers are stored: never renumber.</remarks>
public enum AccountKind : byte
{
    /// <summary>A user's account. Its available balance never falls below zero.</summary>
    User = 1,

    /// <summary>Stands for what is outside the wallet, such as <c>@world</c>. It may go below zero.</summary>
    System = 2,
}

/// <summary>Whether an account takes part in transfers.</summary>
/// <remarks>The numbers are stored: never renumber.</remarks>
public enum AccountStatus : byte
{
    /// <summary>Pays and receives.</summary>
    Active = 1,

    /// <summary>Neither pays nor receives until it is active again.</summary>
    Frozen = 2,

    /// <summary>Neither pays nor receives, for good.</summary>
    Closed = 3,
}

/// <summary>The state of one account after its latest entry. Immutable; a posting makes a new one.</summary>
public sealed record Account
{
    /// <summary>Positive, given by the store, never changed or reused.</summary>
    public required long Id { get; init; }

    /// <summary>The owner, as the authentication names her; 1 to <see cref="Limits.UserIdLengthMax"/> characters.</summary>
    public required string UserId { get; init; }

    /// <summary>Unique among the owner's accounts of one currency; 1 to <see cref="Limits.AccountNameLengthMax"/> characters.</summary>
    public required string Name { get; init; }

    /// <summary>The currency's code, such as <c>SGD</c>. Never changes.</summary>
    public required string Currency { get; init; }

    /// <summary>Whether it is a user's or stands for the outside.</summary>
    public required AccountKind Kind { get; init; }

    /// <summary>Whether it pays and receives.</summary>
    public required AccountStatus Status { get; init; }

    /// <summary>The sum of its entries, in the currency's unit.</summary>
    public required long Balance { get; init; }

    /// <summary>What open holds have reserved of the balance; zero or more.</summary>
    public required long Held { get; init; }

    /// <summary>Grows by one with every change of the row. A store that finds another version than it read must plan again.</summary>
    public required long Version { get; init; }

    /// <summary>How many entries there are, which is also the sequence number of the latest.</summary>
    public required long EntryCount { get; init; }

    /// <summary>The hash of the latest entry, or of the account's opening where there is none.</summary>
    public required Hash256 Head { get; init; }

    /// <summary>When it was opened, UTC, in whole microseconds.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>When its latest entry was made, or it was opened, UTC. Entries of an account never go back in time.</summary>
    public required DateTime ChangedAt { get; init; }

    /// <summary>What can be spent: <see cref="Balance"/> less <see cref="Held"/>.</summary>
    public long Available => Balance - Held;
}
