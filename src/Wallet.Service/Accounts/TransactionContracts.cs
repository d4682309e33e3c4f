using System.Text.Json.Serialization;
using Wallet.Ledger;
using Wallet.Service.Http;
using Wallet.Service.Storage;

namespace Wallet.Service.Accounts;

/// <summary>A part of an account's history.</summary>
internal sealed record TransactionPage
{
    /// <summary>Newest first.</summary>
    public required IReadOnlyList<TransactionResponse> Data { get; init; }

    /// <summary>Whether there is a next page.</summary>
    public required bool HasMore { get; init; }

    /// <summary>What to send as <c>cursor</c> for it.</summary>
    public string? NextCursor { get; init; }

    /// <summary>The page for the account's owner.</summary>
    /// <param name="page">The entries.</param>
    /// <param name="owners">Whose the accounts on the other side are.</param>
    /// <param name="nextCursor">Where the next page begins; null where this is the last.</param>
    public static TransactionPage From(EntryPage page, IReadOnlyDictionary<long, string> owners, string? nextCursor) => new()
    {
        Data = [.. page.Entries.Select(entry => TransactionResponse.From(entry, owners[entry.CounterpartyId]))],
        HasMore = nextCursor is not null,
        NextCursor = nextCursor,
    };
}

/// <summary>One line of an account's history.</summary>
internal sealed record TransactionResponse
{
    public required Guid TransferId { get; init; }

    public required long AccountId { get; init; }

    /// <summary>1 for the account's first entry, and one more for each that follows, with no gap.</summary>
    public required long Seq { get; init; }

    [JsonConverter(typeof(WireNames<TransferKind>))]
    public required TransferKind Kind { get; init; }

    [JsonConverter(typeof(WireNames<EntryDirection>))]
    public required EntryDirection Direction { get; init; }

    /// <summary>In the currency's unit; above zero for what came in, below for what was paid.</summary>
    public required long Amount { get; init; }

    /// <summary>The account's balance with this entry.</summary>
    public required long BalanceAfter { get; init; }

    /// <summary>Who was on the other side.</summary>
    public required AccountParty Counterparty { get; init; }

    public string? Message { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>The link of the account's hash chain, in hexadecimal.</summary>
    [JsonConverter(typeof(HashConverter))]
    public required Hash256 Hash { get; init; }

    public static TransactionResponse From(Entry entry, string counterparty) => new()
    {
        TransferId = entry.TransferId,
        AccountId = entry.AccountId,
        Seq = entry.Seq,
        Kind = entry.Kind,
        Direction = entry.Amount > 0 ? EntryDirection.In : EntryDirection.Out,
        Amount = entry.Amount,
        BalanceAfter = entry.BalanceAfter,
        Counterparty = new AccountParty(entry.CounterpartyId, counterparty),
        Message = entry.Message,
        CreatedAt = entry.CreatedAt,
        Hash = entry.Hash,
    };
}
