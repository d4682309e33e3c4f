namespace Wallet.Ledger;

/// <summary>The bounds on what a command may carry. Lengths count UTF-16 code units.</summary>
public static class Limits
{
    /// <summary>The longest user id, in characters.</summary>
    public const int UserIdLengthMax = 128;

    /// <summary>The longest account name, in characters.</summary>
    public const int AccountNameLengthMax = 64;

    /// <summary>The longest message on a transfer, in characters.</summary>
    public const int MessageLengthMax = 280;

    /// <summary>How many accounts one user may open, over all currencies.</summary>
    public const int AccountsPerUserMax = 50;

    /// <summary>The most commands in one batch.</summary>
    public const int BatchCommandsMax = 1_000;
}
