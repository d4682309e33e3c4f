using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Wallet.Ledger;
using Wallet.Service.Accounts;
using Wallet.Service.Http;

namespace Wallet.Service.Transfers;

/// <summary>Asks to send money. Name the recipient by <c>to_user_id</c> or by <c>to_account_id</c>, not both.</summary>
/// <remarks>The attributes are for the API's description; <see cref="Check"/> does the checking, and names all errors at once.</remarks>
internal sealed record TransferRequest
{
    /// <summary>The user who receives; her oldest account in the currency is meant.</summary>
    [MaxLength(Limits.UserIdLengthMax)]
    public string? ToUserId { get; init; }

    /// <summary>The account that receives.</summary>
    [JsonConverter(typeof(IntegerConverter))]
    public long? ToAccountId { get; init; }

    /// <summary>How much, in the currency's unit: whole dollars for SGD, cents for USD.</summary>
    [Required, JsonConverter(typeof(IntegerConverter))]
    public long? Amount { get; init; }

    /// <summary>The currency's code; that of the paying account where it is not given.</summary>
    [RegularExpression("^[A-Z]{3}$")]
    public string? Currency { get; init; }

    /// <summary>Which of your accounts pays; your oldest one in the currency where it is not given.</summary>
    [JsonConverter(typeof(IntegerConverter))]
    public long? FromAccountId { get; init; }

    /// <summary>A note that both sides see, up to 280 characters.</summary>
    [MaxLength(Limits.MessageLengthMax)]
    public string? Message { get; init; }

    /// <summary>What is wrong with its form; nothing where it can be given to the ledger.</summary>
    public IReadOnlyList<ProblemError> Check()
    {
        var errors = new List<ProblemError>();
        if (ToUserId is null == ToAccountId is null)
            errors.Add(ProblemError.At("/to_user_id", ToUserId is null ? "required" : "invalid", "Name the recipient by to_user_id or by to_account_id, one of them."));
        else if (ToUserId is { } user && !TextRules.IsUserId(user))
            errors.Add(ProblemError.At("/to_user_id", "invalid", "This cannot be a user's id."));
        if (Amount is null)
            errors.Add(ProblemError.At("/amount", "required", "An amount is needed: an integer in the currency's unit."));
        if (Currency is { } currency && !TextRules.IsCurrencyCode(currency))
            errors.Add(ProblemError.At("/currency", "invalid", "Three capital letters are expected, such as SGD."));
        if (Message is { } message && !TextRules.IsMessage(message))
            errors.Add(ProblemError.At("/message", "invalid", $"Up to {Limits.MessageLengthMax} characters are expected, with no control characters but line ends and tabs."));
        return errors;
    }
}

/// <summary>A transfer as one who has a part in it sees it.</summary>
internal sealed record TransferResponse
{
    public required Guid Id { get; init; }

    [JsonConverter(typeof(WireNames<TransferKind>))]
    public required TransferKind Kind { get; init; }

    [JsonConverter(typeof(WireNames<TransferStatus>))]
    public required TransferStatus Status { get; init; }

    /// <summary>Why it was rejected: the code of the problem that was answered.</summary>
    public string? Refusal { get; init; }

    /// <summary>In the currency's unit.</summary>
    public required long Amount { get; init; }

    public required string Currency { get; init; }

    /// <summary>How many decimals the unit of the amounts has. Absent where the transfer was rejected because the currency is unknown.</summary>
    public required int? Decimals { get; init; }

    /// <summary>Who paid. Absent where the transfer was rejected.</summary>
    public AccountParty? Payer { get; init; }

    /// <summary>Who received. Absent where the transfer was rejected: who sent nothing learns nothing of the other side.</summary>
    public AccountParty? Payee { get; init; }

    public string? Message { get; init; }

    public required DateTime CreatedAt { get; init; }

    /// <summary>The paying account's balance after it. Only the payer sees it.</summary>
    public long? BalanceAfter { get; init; }

    /// <summary>The transfer for one who may see it.</summary>
    /// <param name="transfer">The transfer.</param>
    /// <param name="payer">The paying account; null where the transfer was rejected.</param>
    /// <param name="payee">The receiving account; null where the transfer was rejected.</param>
    /// <param name="viewer">The user who looks at it.</param>
    /// <param name="currencies">The currencies that the wallet keeps.</param>
    public static TransferResponse From(Transfer transfer, AccountRef? payer, AccountRef? payee, string viewer, CurrencyTable currencies) => new()
    {
        Id = transfer.Id,
        Kind = transfer.Kind,
        Status = transfer.Status,
        Refusal = transfer.Status == TransferStatus.Rejected ? ProblemCatalog.For(transfer.Outcome).Code : null,
        Amount = transfer.Amount,
        Currency = transfer.Currency,
        Decimals = currencies.Find(transfer.Currency)?.Decimals,
        Payer = payer is null ? null : new AccountParty(payer.Id, payer.UserId),
        Payee = payee is null ? null : new AccountParty(payee.Id, payee.UserId),
        Message = transfer.Message,
        CreatedAt = transfer.CreatedAt,
        BalanceAfter = payer?.UserId == viewer ? transfer.PayerBalanceAfter : null,
    };
}
