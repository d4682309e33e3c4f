using Wallet.Ledger;
using Wallet.Service.Http;
using Wallet.Service.Storage;

namespace Wallet.Service.Startup;

/// <summary>The accounts that stand for what is outside the wallet, one for each currency. Their owners' names begin with <c>@</c>, which no user's may.</summary>
internal static class SystemAccounts
{
    /// <summary>Where money comes from and goes to: the sum of what all users hold, with the sign turned.</summary>
    public const string World = "@world";

    /// <summary>Opens the account where it is missing.</summary>
    /// <exception cref="StartupException">The ledger refused, which only a database that is not this wallet's can cause.</exception>
    public static async Task<Account> OpenAsync(
        ILedgerStore store, string owner, Currency currency, TimeProvider time, CancellationToken cancellationToken)
    {
        var command = Opening(RequestId.FromKey(owner, $"{currency.Code}/{AccountOpening.DefaultName}"), owner, AccountKind.System, currency);
        var decision = await store.OpenAccountAsync(command, time.GetUtcNow().UtcDateTime, cancellationToken);
        return decision.Account ?? throw new StartupException($"The account {owner} in {currency.Code} was refused: {decision.Outcome}.");
    }

    /// <summary>What the service opens by itself, under an id that is the same at every start.</summary>
    public static OpenAccountCommand Opening(Guid id, string owner, AccountKind kind, Currency currency) => new()
    {
        RequestId = id,
        Fingerprint = id,
        UserId = owner,
        Name = AccountOpening.DefaultName,
        Currency = currency.Code,
        Kind = kind,
    };
}
