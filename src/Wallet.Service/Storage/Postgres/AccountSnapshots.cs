using BitFaster.Caching.Lru;
using Wallet.Ledger;

namespace Wallet.Service.Storage.Postgres;

/// <summary>
/// Accounts as this copy of the service wrote them last: a guess, since another copy may have written to them after that. A batch that was
/// planned on a guess is written only where each row is still what was guessed. Where guesses turn out wrong again and again,
/// because several copies write to one account, it advises against guessing for ever longer. Used by one batch at a time, but where a member says more.
/// </summary>
/// <param name="capacity">How many accounts are kept; those that were not used for long go first.</param>
internal sealed class AccountSnapshots(int capacity)
{
    private const int BatchesWithoutGuessMax = 64;

    private readonly FastConcurrentLru<long, Snapshot> _accounts = new(capacity);
    private int _caution;
    private int _batchesWithoutGuess;

    /// <summary>Whether the next batch may be planned on guesses. Asked once for each batch.</summary>
    public bool MayGuess()
    {
        if (_batchesWithoutGuess == 0)
            return true;
        _batchesWithoutGuess--;
        return false;
    }

    /// <summary>Those of the accounts that are kept; the ids of the others go to <paramref name="missing"/>.</summary>
    public List<Account> Find(IReadOnlyCollection<long> ids, List<long> missing)
    {
        var found = new List<Account>(ids.Count);
        foreach (var id in ids)
        {
            if (_accounts.TryGet(id, out var snapshot))
                found.Add(snapshot.ToAccount());
            else
                missing.Add(id);
        }

        return found;
    }

    /// <summary>Keeps the accounts as a batch leaves them. Its commit may still be under way: if it fails, <see cref="Forget"/> them.</summary>
    public void Keep(IReadOnlyList<AccountChange> changes)
    {
        foreach (var (_, account) in changes)
        {
            if (_accounts.TryGet(account.Id, out var snapshot))
                snapshot.Take(account);
            else
                _accounts.AddOrUpdate(account.Id, new Snapshot(account));
        }
    }

    /// <summary>Keeps accounts as they were read, unless something newer is kept. To be called at any time.</summary>
    public void Offer(IReadOnlyList<Account> accounts)
    {
        foreach (var account in accounts)
        {
            if (_accounts.TryGet(account.Id, out var snapshot))
                snapshot.TakeIfNewer(account);
            else
                _accounts.AddOrUpdate(account.Id, new Snapshot(account));
        }
    }

    /// <summary>To be called at any time.</summary>
    public void Forget(IReadOnlyCollection<long> ids)
    {
        foreach (var id in ids)
            _accounts.TryRemove(id);
    }

    /// <summary>A batch was written on guesses that were right.</summary>
    public void Confirm() => _caution /= 2;

    /// <summary>A guess was wrong, and the work for nothing.</summary>
    public void Refute()
    {
        _caution = Math.Clamp(2 * _caution, 1, BatchesWithoutGuessMax);
        _batchesWithoutGuess = _caution;
    }

    /// <summary>
    /// What is kept of an account, changed in place: with new objects for every transfer, kept for a while and then dropped, it is these on
    /// which the garbage collector would spend its time.
    /// </summary>
    private sealed class Snapshot(Account account)
    {
        private readonly Lock _lock = new();
        private readonly Account _account = account; // for what no batch changes
        private AccountStatus _status = account.Status;
        private long _balance = account.Balance;
        private long _held = account.Held;
        private long _version = account.Version;
        private long _entryCount = account.EntryCount;
        private Hash256 _head = account.Head;
        private DateTime _changedAt = account.ChangedAt;

        public Account ToAccount()
        {
            lock (_lock)
            {
                return _account with
                {
                    Status = _status,
                    Balance = _balance,
                    Held = _held,
                    Version = _version,
                    EntryCount = _entryCount,
                    Head = _head,
                    ChangedAt = _changedAt,
                };
            }
        }

        public void Take(Account account)
        {
            lock (_lock)
                Set(account);
        }

        public void TakeIfNewer(Account account)
        {
            lock (_lock)
            {
                if (account.Version > _version)
                    Set(account);
            }
        }

        private void Set(Account account)
        {
            (_status, _balance, _held, _version) = (account.Status, account.Balance, account.Held, account.Version);
            (_entryCount, _head, _changedAt) = (account.EntryCount, account.Head, account.ChangedAt);
        }
    }
}
