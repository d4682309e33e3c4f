using System.Globalization;

namespace Wallet.Bench.Data;

/// <summary>
/// What a ledger is filled with. Everything follows from it, ids and hashes too: account after account is opened, then each gets one
/// deposit, then in each round every account pays another one.
/// </summary>
internal sealed record LoadPlan
{
    /// <summary>The largest amount of one transfer between accounts, in the currency's unit.</summary>
    public const int LargestAmount = 100;

    /// <summary>How many accounts there are, each of a user of its own; at least 1, and 2 where they pay each other.</summary>
    public required long Accounts { get; init; }

    /// <summary>In how many rounds every account pays another one; each adds two entries to each account.</summary>
    public int TransfersPerAccount { get; init; }

    /// <summary>What each account is given at first, in the currency's unit. Enough for every round.</summary>
    public long OpeningBalance { get; init; } = 1_000_000;

    /// <summary>One of the currencies that the service keeps by default.</summary>
    public string Currency { get; init; } = "SGD";

    /// <summary>When the first account is opened, UTC; later where the ledger itself is younger. From then on something happens every microsecond.</summary>
    public DateTime Start { get; init; } = new(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>How many transfers there are, deposits included. Each has two entries.</summary>
    public long Transfers => Accounts * (1L + TransfersPerAccount);

    /// <param name="index">0 to <see cref="Accounts"/> - 1.</param>
    public static string UserId(long index) => string.Create(CultureInfo.InvariantCulture, $"user-{index:D9}");

    /// <inheritdoc cref="UserId"/>
    public static long AccountId(long index) => 1000 + index;

    /// <exception cref="LoadException">Such a ledger cannot be made.</exception>
    public void Check()
    {
        if (Accounts < 1 || TransfersPerAccount < 0 || (TransfersPerAccount > 0 && Accounts < 2))
            throw new LoadException("A ledger needs an account, and two of them for a transfer.");
        if (OpeningBalance < Math.Max(1, (long)TransfersPerAccount * LargestAmount))
            throw new LoadException($"An opening balance of {OpeningBalance} is too little for {TransfersPerAccount} transfers of up to {LargestAmount} each.");
        if (Start.Kind != DateTimeKind.Utc)
            throw new LoadException("The start must be given in UTC.");
    }
}

/// <param name="Stage">What is being done, such as the table that is filled. Several stages may run at once.</param>
/// <param name="Done">How much of it is done.</param>
/// <param name="Total">How much there is: rows, or steps.</param>
internal readonly record struct LoadProgress(string Stage, long Done, long Total);

/// <summary>The ledger was not loaded. The message says why, and what state it is in.</summary>
internal sealed class LoadException(string message, Exception? inner = null) : Exception(message, inner);
