namespace Wallet.Ledger;

/// <summary>What is wrong with an account's history. The first fault that is found is the one given.</summary>
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
}

/// <summary>Follows the chain of one account from its opening, entry by entry. Holds no entry, so an account of any length fits. Not thread-safe.</summary>
/// <param name="account">The account's row, against which the end of the chain is compared.</param>
public sealed class ChainVerifier(Account account)
{
    private Hash256 _head = HashChain.Opening(account.Id, account.UserId, account.Currency, account.CreatedAt);
    private DateTime _time = account.CreatedAt;

    /// <summary>The sequence number of the latest good entry.</summary>
    public long Seq { get; private set; }

    /// <summary>The balance after the latest good entry.</summary>
    public long Balance { get; private set; }

    /// <summary>Checks the next entry. After a fault the verifier stays where it was.</summary>
    public ChainFault Follow(Entry entry)
    {
        if (entry.AccountId != account.Id)
            return ChainFault.WrongAccount;
        if (entry.Seq != Seq + 1)
            return ChainFault.SequenceGap;
        if ((Int128)entry.BalanceAfter != (Int128)Balance + entry.Amount)
            return ChainFault.WrongBalance;
        if (entry.CreatedAt < _time)
            return ChainFault.WentBackInTime;
        if (entry.Hash != HashChain.Link(_head, entry, HashChain.MessageDigest(entry.Message)))
            return ChainFault.BrokenHash;

        (Seq, Balance, _time, _head) = (entry.Seq, entry.BalanceAfter, entry.CreatedAt, entry.Hash);
        return ChainFault.None;
    }

    /// <summary>Checks that the account's row stands where the chain ended.</summary>
    public ChainFault Finish() =>
        Seq == account.EntryCount && Balance == account.Balance && _head == account.Head ? ChainFault.None : ChainFault.HeadMismatch;
}
