namespace Wallet.Ledger;

/// <summary>An order to open an account. It is complete and checked for form; whether it may happen is for <see cref="AccountOpening"/>.</summary>
public sealed record OpenAccountCommand
{
    /// <summary>Makes the request unique; made from the idempotency key where there is one.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>A digest of the request as it was sent. The same key with another fingerprint is another request.</summary>
    public required Guid Fingerprint { get; init; }

    /// <inheritdoc cref="Account.UserId"/>
    public required string UserId { get; init; }

    /// <inheritdoc cref="Account.Name"/>
    public required string Name { get; init; }

    /// <inheritdoc cref="Account.Currency"/>
    public required string Currency { get; init; }

    /// <inheritdoc cref="Account.Kind"/>
    public required AccountKind Kind { get; init; }
}

/// <summary>An opening that was done before, found by its request id.</summary>
/// <param name="Fingerprint">The digest of that request.</param>
/// <param name="AccountId">The account that it opened.</param>
public readonly record struct RecordedOpening(Guid Fingerprint, long AccountId);

/// <summary>What became of an opening.</summary>
/// <param name="Outcome">Why it was refused, or <see cref="Outcome.Done"/>.</param>
/// <param name="IsReplay">Whether the account was opened before, under the same key.</param>
/// <param name="Account">The account; null where it was refused.</param>
public readonly record struct OpeningDecision(Outcome Outcome, bool IsReplay, Account? Account);

/// <summary>The rules of opening an account. Pure; safe to call from any thread.</summary>
public static class AccountOpening
{
    /// <summary>The name of an account that was given none.</summary>
    public const string DefaultName = "main";

    /// <summary>Whether the account may be opened. A recorded opening of the same request is no refusal: see <paramref name="recorded"/>.</summary>
    /// <param name="command">What is asked.</param>
    /// <param name="currencies">The currencies that the wallet keeps.</param>
    /// <param name="owned">The accounts that the user has.</param>
    /// <param name="recorded">What was done before under the same request id; null where nothing was.</param>
    public static Outcome Judge(OpenAccountCommand command, CurrencyTable currencies, IReadOnlyCollection<Account> owned, RecordedOpening? recorded)
    {
        if (recorded is { } earlier)
            return earlier.Fingerprint == command.Fingerprint ? Outcome.Done : Outcome.IdempotencyKeyReused;
        if (currencies.Find(command.Currency) is null)
            return Outcome.CurrencyUnknown;
        if (owned.Any(a => a.Currency == command.Currency && a.Name == command.Name))
            return Outcome.AccountNameTaken;
        if (command.Kind == AccountKind.User && owned.Count >= Limits.AccountsPerUserMax)
            return Outcome.TooManyAccounts;
        return Outcome.Done;
    }

    /// <summary>The decision where there is nothing to open: a refusal, or the account that the same request opened before, as it is now. Null where it is to be opened.</summary>
    /// <inheritdoc cref="Judge"/>
    public static OpeningDecision? Settle(OpenAccountCommand command, CurrencyTable currencies, IReadOnlyCollection<Account> owned, RecordedOpening? recorded)
    {
        var outcome = Judge(command, currencies, owned, recorded);
        if (outcome != Outcome.Done)
            return new OpeningDecision(outcome, IsReplay: false, Account: null);
        return recorded is { } earlier ? new OpeningDecision(outcome, IsReplay: true, owned.Single(a => a.Id == earlier.AccountId)) : null;
    }

    /// <summary>The account as it starts: empty, active, at the head of its own chain.</summary>
    /// <param name="command">What was asked.</param>
    /// <param name="id">The id that the store gave.</param>
    /// <param name="now">The time to record, UTC; cut to whole microseconds.</param>
    public static Account Open(OpenAccountCommand command, long id, DateTime now)
    {
        var createdAt = LedgerTime.Cut(now);
        return new Account
        {
            Id = id,
            UserId = command.UserId,
            Name = command.Name,
            Currency = command.Currency,
            Kind = command.Kind,
            Status = AccountStatus.Active,
            Balance = 0,
            Held = 0,
            Version = 1,
            EntryCount = 0,
            Head = HashChain.Opening(id, command.UserId, command.Currency, createdAt),
            CreatedAt = createdAt,
            ChangedAt = createdAt,
        };
    }
}
