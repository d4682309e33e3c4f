using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Wallet.Ledger;
using Wallet.Service.Http;

namespace Wallet.Service.Accounts;

/// <summary>Asks for a further account.</summary>
internal sealed record OpenAccountRequest
{
    /// <summary>The currency's code.</summary>
    [Required, RegularExpression("^[A-Z]{3}$")]
    public string? Currency { get; init; }

    /// <summary>Unique among your accounts of that currency; <c>main</c> where it is not given.</summary>
    [MinLength(1), MaxLength(Limits.AccountNameLengthMax)]
    public string? Name { get; init; }
}

/// <summary>An account of yours.</summary>
internal sealed record AccountResponse
{
    public required long AccountId { get; init; }

    public required string UserId { get; init; }

    public required string Name { get; init; }

    /// <summary>The currency's code.</summary>
    public required string Currency { get; init; }

    /// <summary>How many decimals the unit of the amounts has: 0 for whole dollars, 2 for cents.</summary>
    public required int Decimals { get; init; }

    [JsonConverter(typeof(WireNames<AccountStatus>))]
    public required AccountStatus Status { get; init; }

    /// <summary>The sum of all entries, in the currency's unit.</summary>
    public required long Balance { get; init; }

    /// <summary>What is reserved of the balance.</summary>
    public required long Held { get; init; }

    /// <summary>What can be spent: the balance less what is held.</summary>
    public required long Available { get; init; }

    /// <summary>How many entries the account's history has.</summary>
    public required long EntryCount { get; init; }

    /// <summary>The hash of the latest entry: whoever keeps it can check the whole history before it.</summary>
    [JsonConverter(typeof(HashConverter))]
    public required Hash256 HeadHash { get; init; }

    public required DateTime CreatedAt { get; init; }

    public static AccountResponse From(Account account, CurrencyTable currencies) => new()
    {
        AccountId = account.Id,
        UserId = account.UserId,
        Name = account.Name,
        Currency = account.Currency,
        Decimals = currencies.Get(account.Currency).Decimals,
        Status = account.Status,
        Balance = account.Balance,
        Held = account.Held,
        Available = account.Available,
        EntryCount = account.EntryCount,
        HeadHash = account.Head,
        CreatedAt = account.CreatedAt,
    };
}

/// <summary>All of your accounts, oldest first.</summary>
internal sealed record AccountList
{
    public required IReadOnlyList<AccountResponse> Data { get; init; }
}
