namespace Wallet.Ledger;

/// <summary>A place in the chain of an account: after the entry <paramref name="Seq"/>, or at the opening where it is 0.</summary>
/// <param name="Seq">The sequence number of the latest entry before it.</param>
/// <param name="Head">That entry's hash, or the opening's; all zeros where it is not known.</param>
/// <param name="Balance">The balance there.</param>
/// <param name="Time">When that entry was made, or the account was opened.</param>
public readonly record struct ChainPosition(long Seq, Hash256 Head, long Balance, DateTime Time)
{
    /// <summary>Whether what follows can be checked against it.</summary>
    public bool IsKnown => Head != default;

    /// <summary>Where the chain of an account begins.</summary>
    public static ChainPosition Opening(Account account) =>
        new(0, HashChain.Opening(account.Id, account.UserId, account.Currency, account.CreatedAt), 0, account.CreatedAt);

    /// <summary>After an entry, as it is.</summary>
    public static ChainPosition After(Entry entry) => new(entry.Seq, entry.Hash, entry.BalanceAfter, entry.CreatedAt);

    /// <summary>After an entry of which only the number is known. The next entry is taken as it is, and those after it are checked against it.</summary>
    public static ChainPosition Unknown(long seq) => new(seq, default, 0, default);
}
