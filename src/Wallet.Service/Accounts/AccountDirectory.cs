using BitFaster.Caching.Lru;
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
internal sealed class AccountDirectory(AccountReader reader, TimeProvider time, IOptions<WalletOptions> options)
{
    // That an account was closed shows by then, where no refusal has told before.
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    private readonly FastConcurrentLru<string, Known> _byUser = new(options.Value.DirectoryEntriesMax);
    private readonly FastConcurrentLru<long, AccountRef> _byId = new(options.Value.DirectoryEntriesMax);

    /// <summary>The user's oldest account that is not closed, in the currency where one is given; null where there is none.</summary>
    /// <exception cref="LedgerStoreException">The database is away, or too many reads wait.</exception>
    public async ValueTask<AccountRef?> OldestAsync(string userId, string? currency, CancellationToken cancellationToken) =>
        Remembered(userId, currency) ?? (Oldest(await ReadOpenAsync(userId, cancellationToken), currency) is { } account ? Reference(account) : null);

    /// <summary>The account that <see cref="OldestAsync"/> finds, as it is now: one read, whether it was remembered or not.</summary>
    /// <exception cref="LedgerStoreException">The database is away, or too many reads wait.</exception>
    public async ValueTask<Account?> ReadOldestAsync(string userId, string? currency, CancellationToken cancellationToken) =>
        Remembered(userId, currency) is { } account
            ? await reader.FindAsync(account.Id, cancellationToken)
            : Oldest(await ReadOpenAsync(userId, cancellationToken), currency);

    /// <summary>The account of that id; null where there is none.</summary>
    /// <exception cref="LedgerStoreException">The database is away, or too many reads wait.</exception>
    public async ValueTask<AccountRef?> FindAsync(long id, CancellationToken cancellationToken)
    {
        if (_byId.TryGet(id, out var known))
            return known;
        return await reader.FindAsync(id, cancellationToken) is { } account ? Keep(account) : null;
    }

    /// <summary>The owners of accounts that exist, by account.</summary>
    /// <exception cref="LedgerStoreException">The database is away, or too many reads wait.</exception>
    public async ValueTask<IReadOnlyDictionary<long, string>> OwnersAsync(IEnumerable<long> ids, CancellationToken cancellationToken)
    {
        var owners = new Dictionary<long, string>();
        var missing = new List<long>();
        foreach (var id in ids.Distinct())
        {
            if (_byId.TryGet(id, out var known))
                owners.Add(id, known.UserId);
            else
                missing.Add(id);
        }

        if (missing.Count > 0)
        {
            foreach (var account in await reader.FindAsync(missing, cancellationToken))
                owners.Add(account!.Id, Keep(account).UserId);
        }

        return owners;
    }

    /// <summary>One of the accounts turned out to be closed: their owners' accounts are looked up again the next time.</summary>
    public void Forget(params ReadOnlySpan<AccountRef?> accounts)
    {
        foreach (var account in accounts)
        {
            if (account is not null)
                _byUser.TryRemove(account.UserId);
        }
    }

    private AccountRef? Remembered(string userId, string? currency)
    {
        if (!_byUser.TryGet(userId, out var known) || time.GetElapsedTime(known.Since) >= KeptFor)
            return null;
        foreach (var account in known.Accounts)
        {
            if (currency is null || account.Currency == currency)
                return account;
        }

        return null;
    }

    /// <summary>The user's accounts that are not closed, oldest first, from the database; they are remembered.</summary>
    private async Task<Account[]> ReadOpenAsync(string userId, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        var accounts = await reader.ListAsync(userId, cancellationToken);
        Account[] open = [.. accounts.Where(static a => a.Status != AccountStatus.Closed && a.Kind == AccountKind.User)];
        // Nobody is kept as having no account: she may open one at any moment, through another copy of the service.
        if (open.Length > 0)
            _byUser.AddOrUpdate(userId, new Known([.. open.Select(Reference)], since));
        return open;
    }

    private AccountRef Keep(Account account)
    {
        var reference = Reference(account);
        _byId.AddOrUpdate(account.Id, reference);
        return reference;
    }

    private static AccountRef Reference(Account account) => new(account.Id, account.UserId, account.Currency);

    private static Account? Oldest(Account[] accounts, string? currency) => accounts.FirstOrDefault(account => currency is null || account.Currency == currency);

    /// <param name="Accounts">Oldest first.</param>
    /// <param name="Since">When they were asked for, a timestamp of the <see cref="TimeProvider"/>.</param>
    private sealed record Known(AccountRef[] Accounts, long Since);
}
