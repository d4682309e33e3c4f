using Wallet.Ledger;

namespace Wallet.Chaos.Checking;

/// <summary>A user and her account.</summary>
internal sealed record Party(string UserId, string Token, long AccountId);

/// <summary>A transfer that was asked for under a key, and what its client was told.</summary>
internal sealed class AskedTransfer
{
    /// <summary>The id that the key stands for.</summary>
    public required Guid Id { get; init; }

    public required string Key { get; init; }

    public TransferKind Kind { get; init; } = TransferKind.Transfer;

    public required Party Payer { get; init; }

    public required string PayeeUserId { get; init; }

    /// <summary>Null where there is no such user.</summary>
    public required long? PayeeId { get; init; }

    public required long Amount { get; init; }

    /// <summary>The code of the refusal that it must get; null where it may be posted.</summary>
    public string? MustBeRefused { get; init; }

    /// <summary>The first answer that says what came of it; null while there is none.</summary>
    public Told? Told { get; set; }

    /// <summary>Whether an attempt got no answer that says what came of it.</summary>
    public bool IsInDoubt { get; set; }

    /// <summary>Whether two attempts were under way at the same time, so that either may be told that the other was first.</summary>
    public bool HasTwins { get; set; }

    public override string ToString() => $"'{Key}', {Amount} from account {Payer.AccountId} to {PayeeUserId} (transfer {Id})";
}

/// <summary>What a client was told of its transfer.</summary>
internal sealed record Told
{
    /// <summary>The code of the refusal; null where it was posted.</summary>
    public string? Refusal { get; init; }

    /// <summary>When the ledger decided.</summary>
    public DateTime? CreatedAt { get; init; }

    public long? PayerBalanceAfter { get; init; }

    /// <summary>The whole answer, where it must come again as it was.</summary>
    public string Text { get; init; } = "";
}
