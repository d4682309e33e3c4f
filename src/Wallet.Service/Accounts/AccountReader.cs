using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Service.Accounts;

/// <summary>
/// Reads accounts for all who ask at the same time: while queries are under way, those who come wait and then share the next one. With
/// nothing to share a read goes at once. A read sees everything that was committed before it was asked for. Safe to use from any thread.
/// </summary>
internal sealed class AccountReader(ILedgerStore store)
{
    private const int WaitingMax = 10_000;
    private static readonly int QueriesMax = Environment.ProcessorCount;

    private readonly Lock _lock = new();
    private Dictionary<long, TaskCompletionSource<Account?>> _waiting = [];
    private int _queries;

    /// <summary>The account, or null where there is none of that id.</summary>
    /// <exception cref="LedgerStoreException">The database is away, or more reads wait than may wait.</exception>
    public Task<Account?> ReadAsync(long id, CancellationToken cancellationToken)
    {
        TaskCompletionSource<Account?>? answer;
        var begins = false;
        lock (_lock)
        {
            if (!_waiting.TryGetValue(id, out answer))
            {
                if (_waiting.Count == WaitingMax)
                    throw new LedgerStoreException(StoreFailure.Unavailable, "Too many reads wait for the database.");
                answer = new TaskCompletionSource<Account?>(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Add(id, answer);
            }

            if (_queries < QueriesMax)
            {
                _queries++;
                begins = true;
            }
        }

        if (begins)
            _ = QueryAsync();
        return answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Reads for all who wait, until nobody does. Never throws: whoever waits gets the failure.</summary>
    private async Task QueryAsync()
    {
        while (true)
        {
            Dictionary<long, TaskCompletionSource<Account?>> asked;
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _queries--;
                    return;
                }

                (asked, _waiting) = (_waiting, []);
            }

            try
            {
                foreach (var account in await store.FindAccountsAsync(asked.Keys, CancellationToken.None))
                    asked[account.Id].SetResult(account);
                foreach (var answer in asked.Values)
                    answer.TrySetResult(null);
            }
            catch (Exception e)
            {
                foreach (var answer in asked.Values)
                    answer.TrySetException(e);
            }

            // An embedded database works synchronously; whoever came first must not have to read for everyone after her.
            await Task.Yield();
        }
    }
}
