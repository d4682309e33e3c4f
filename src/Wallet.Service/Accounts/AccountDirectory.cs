using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Service.Accounts;

/// <summary>What never changes of an account: what a name stands for.</summary>
internal sealed record AccountRef(long Id, string UserId, string Currency);

/// <summary>
/// Finds accounts by their owner, and owners by their account, from memory where possible. Safe to cache because neither ever changes and a
/// further account is always younger than those that are known: <see cref="OldestAsync"/> gives the same answer from an old list.
/// Safe to use from any thread.
/// </summary>
internal sealed class AccountDirectory(ILedgerStore store, AccountReader reader, IOptions<WalletOptions> options) : IDisposable
{
    // Long enough to spare the database, short enough that a closed account is passed over soon.
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    private readonly MemoryCache _byUser = new(new MemoryCacheOptions { SizeLimit = options.Value.DirectoryEntriesMax });
    private readonly MemoryCache _byId = new(new MemoryCacheOptions { SizeLimit = options.Value.DirectoryEntriesMax });

    /// <summary>The user's oldest account that is not closed, in the currency where one is given; null where there is none.</summary>
    public async ValueTask<AccountRef?> OldestAsync(string userId, string? currency, CancellationToken cancellationToken)
    {
        if (_byUser.TryGetValue(userId, out AccountRef[]? known) && Oldest(known!, currency) is { } account)
            return account;

        // Nobody is cached as having no account: she may open one at any moment, through another copy of the service.
        var accounts = await store.ListAccountsAsync(userId, cancellationToken);
        AccountRef[] open = [.. accounts.Where(static a => a.Status != AccountStatus.Closed && a.Kind == AccountKind.User).Select(Reference)];
        if (open.Length > 0)
            Keep(_byUser, userId, open);
        return Oldest(open, currency);
    }

    /// <summary>The account of that id; null where there is none.</summary>
    public async ValueTask<AccountRef?> FindAsync(long id, CancellationToken cancellationToken)
    {
        if (_byId.TryGetValue(id, out AccountRef? known))
            return known;
        if (await reader.ReadAsync(id, cancellationToken) is not { } account)
            return null;
        var reference = Reference(account);
        Keep(_byId, id, reference);
        return reference;
    }

    public void Dispose()
    {
        _byUser.Dispose();
        _byId.Dispose();
    }

    private static AccountRef Reference(Account account) => new(account.Id, account.UserId, account.Currency);

    private static AccountRef? Oldest(AccountRef[] accounts, string? currency) =>
        accounts.FirstOrDefault(a => currency is null || a.Currency == currency);

    private static void Keep<TKey, TValue>(MemoryCache cache, TKey key, TValue value) where TKey : notnull =>
        cache.Set(key, value, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = KeptFor });
}
