using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Tests.Storage;

/// <summary>Commands, and how the tests give them to a store.</summary>
internal static class LedgerCommands
{
    /// <summary>A payment under a key of its own; from a system account it is a deposit.</summary>
    public static TransferCommand Pay(Account from, Account to, long amount) => new()
    {
        Id = Guid.NewGuid(),
        IsKeyed = true,
        Fingerprint = Guid.NewGuid(),
        Kind = from.Kind == AccountKind.System ? TransferKind.Deposit : TransferKind.Transfer,
        RequestedBy = from.UserId,
        PayerId = from.Id,
        PayeeId = to.Id,
        Amount = amount,
        Currency = "SGD",
    };

    /// <summary>An opening under a key of its own. A user id that begins with <c>@</c> is a system account's.</summary>
    public static OpenAccountCommand Opening(string userId) => new()
    {
        RequestId = Guid.NewGuid(),
        Fingerprint = Guid.NewGuid(),
        UserId = userId,
        Name = AccountOpening.DefaultName,
        Currency = "SGD",
        Kind = userId.StartsWith('@') ? AccountKind.System : AccountKind.User,
    };

    /// <summary>As the commit worker does: again where another writer was in the way.</summary>
    public static async Task<IReadOnlyList<Decision>> CommitUntilDecidedAsync(
        this ILedgerStore store, IReadOnlyList<TransferCommand> commands, DateTime now, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await Task.Run(() => store.CommitAsync(commands, now, cancellationToken), cancellationToken);
            }
            catch (LedgerStoreException e) when (e.Failure == StoreFailure.Conflict)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
            }
        }
    }

    /// <summary>The account, or null where there is none of that id.</summary>
    public static async Task<Account?> FindAccountAsync(this ILedgerStore store, long id, CancellationToken cancellationToken) =>
        (await store.FindAccountsAsync([id], cancellationToken)).SingleOrDefault();
}
