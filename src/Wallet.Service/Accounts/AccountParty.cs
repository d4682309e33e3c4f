namespace Wallet.Service.Accounts;

/// <summary>An account and whose it is.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="UserId">Its owner.</param>
internal sealed record AccountParty(long AccountId, string UserId);
