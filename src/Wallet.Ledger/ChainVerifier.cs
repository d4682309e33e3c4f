namespace Wallet.Ledger;

/// <summary>What is wrong with an account's history. The first fault that is found is the one given.</summary>
/// <remarks>The numbers are those of <see cref="FindingKind"/>.</remarks>
public enum ChainFault : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>An entry belongs to another account.</summary>
    WrongAccount = 1,

    /// <summary>A sequence number is missing or comes twice.</summary>
    SequenceGap = 2,

    /// <summary>An entry's balance is not the balance before it plus its amount.</summary>
    WrongBalance = 3,

    /// <summary>An entry is older than the one before it.</summary>
    WentBackInTime = 4,

    /// <summary>An entry's hash does not follow from its content and the hash before it.</summary>
    BrokenHash = 5,

    /// <summary>The account's row does not agree with its latest entry: entries were cut off, or the row was changed.</summary>
    HeadMismatch = 6,

    /// <summary>The account's row names another time of its latest change than its latest entry, or its opening, has.</summary>
    WrongChangedAt = 7,

    /// <summary>A user has, or had after an entry, less than nothing to spend.</summary>
    BelowZero = 8,
}

/// <summary>
/// Follows the chain of one account, entry by entry, from its opening or from where it was followed to before. Holds no entry, so an
/// account of any length fits. Not thread-safe.
/// </summary>
/// <param name="account">The account's row, against which the end of the chain is compared.</param>
/// <param name="from">Where to begin.</param>
public sealed class ChainVerifier(Account account, ChainPosition from)
{
    /// <summary>Begins at the account's opening.</summary>
    public ChainVerifier(Account account)
        : this(account, ChainPosition.Opening(account))
    {
    }

    /// <summary>After the latest good entry.</summary>
    public ChainPosition Position { get; private set; } = from;

    /// <summary>The sequence number of the latest good entry.</summary>
    public long Seq => Position.Seq;

    /// <summary>The balance after the latest good entry.</summary>
    public long Balance => Position.Balance;

    /// <summary>Checks the next entry. After a fault the verifier stays where it was.</summary>
    public ChainFault Follow(Entry entry)
    {
        if (entry.AccountId != account.Id)
            return ChainFault.WrongAccount;
        if (entry.Seq != Seq + 1)
            return ChainFault.SequenceGap;
        if (Position.IsKnown)
        {
            if ((Int128)entry.BalanceAfter != (Int128)Balance + entry.Amount)
                return ChainFault.WrongBalance;
            if (entry.CreatedAt < Position.Time)
                return ChainFault.WentBackInTime;
            if (entry.Hash != HashChain.Link(Position.Head, entry, HashChain.MessageDigest(entry.Message)))
                return ChainFault.BrokenHash;
        }

        if (account.Kind == AccountKind.User && entry.BalanceAfter < 0)
            return ChainFault.BelowZero;
        GoTo(ChainPosition.After(entry));
        return ChainFault.None;
    }

    /// <summary>Goes on from there, whatever is wrong before it.</summary>
    public void GoTo(ChainPosition position) => Position = position;

    /// <summary>Checks that the account's row stands where the chain ended.</summary>
    public ChainFault Finish()
    {
        if (Seq != account.EntryCount || Balance != account.Balance || Position.Head != account.Head)
            return ChainFault.HeadMismatch;
        if (Position.Time != account.ChangedAt)
            return ChainFault.WrongChangedAt;
        return IsBelowZero(account) ? ChainFault.BelowZero : ChainFault.None;
    }

    /// <summary>Whether a user's account has less than nothing to spend.</summary>
    internal static bool IsBelowZero(Account account) => account.Kind == AccountKind.User && account.Balance < (Int128)account.Held;
}
