using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Service.Accounts;

/// <summary>Reads accounts as they are now, in queries that those who ask at the same time share. Safe to use from any thread.</summary>
internal sealed class AccountReader(ILedgerStore store)
{
    private readonly SharedQuery<long, Account> _byId = new(async ids =>
        (await store.FindAccountsAsync(ids, CancellationToken.None)).Select(static account => KeyValuePair.Create(account.Id, account)));

    private readonly SharedQuery<string, IReadOnlyList<Account>> _byUser = new(async userIds =>
        (await store.ListAccountsAsync(userIds, CancellationToken.None))
        .GroupBy(static account => account.UserId)
        .Select(static accounts => KeyValuePair.Create<string, IReadOnlyList<Account>>(accounts.Key, [.. accounts])));

    /// <summary>The account, or null where there is none of that id.</summary>
    /// <exception cref="LedgerStoreException">The database is away, or too many reads wait.</exception>
    public Task<Account?> FindAsync(long id, CancellationToken cancellationToken) => _byId.ReadAsync(id, cancellationToken);

    /// <summary>The accounts in the order of the ids, null for each that does not exist.</summary>
    /// <exception cref="LedgerStoreException">The database is away, or too many reads wait.</exception>
    public Task<Account?[]> FindAsync(IReadOnlyList<long> ids, CancellationToken cancellationToken) => _byId.ReadAsync(ids, cancellationToken);

    /// <summary>The user's accounts, oldest first.</summary>
    /// <exception cref="LedgerStoreException">The database is away, or too many reads wait.</exception>
    public async Task<IReadOnlyList<Account>> ListAsync(string userId, CancellationToken cancellationToken) =>
        await _byUser.ReadAsync(userId, cancellationToken) ?? [];
}
