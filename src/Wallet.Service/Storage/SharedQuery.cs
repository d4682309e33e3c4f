namespace Wallet.Service.Storage;

/// <summary>
/// A read for all who ask at the same time: while queries are under way, those who come wait and then share the next one. With nothing to
/// share a read goes at once. A read sees everything that was committed before it was asked for. Safe to use from any thread.
/// </summary>
/// <typeparam name="TKey">What is looked up.</typeparam>
/// <typeparam name="TValue">What is found.</typeparam>
/// <param name="query">Looks up at most <see cref="WaitingMax"/> keys, each once, and leaves out what is not found.</param>
internal sealed class SharedQuery<TKey, TValue>(Func<IReadOnlyCollection<TKey>, Task<IEnumerable<KeyValuePair<TKey, TValue>>>> query)
    where TKey : notnull
    where TValue : class
{
    /// <summary>How many keys may wait.</summary>
    public const int WaitingMax = 10_000;

    /// <summary>How many queries may be under way: one that is answered while another is asked. More would make each of them smaller.</summary>
    public const int QueriesMax = 2;

    /// <summary>How many keys must wait before a further query begins: for fewer it is cheaper to wait for the one that is under way.</summary>
    public const int WaitingForFurtherQuery = 16;

    private readonly Lock _lock = new();
    private Dictionary<TKey, TaskCompletionSource<TValue?>> _waiting = [];
    private int _queries;

    /// <summary>What is found under the key, or null.</summary>
    /// <exception cref="LedgerStoreException">The database is away, or more keys wait than may wait.</exception>
    public Task<TValue?> ReadAsync(TKey key, CancellationToken cancellationToken)
    {
        TaskCompletionSource<TValue?> answer;
        bool begins;
        lock (_lock)
        {
            answer = Ask(key);
            begins = Begin();
        }

        if (begins)
            _ = QueryAsync();
        return answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>What is found under the keys, in their order; null for each that is not found.</summary>
    /// <exception cref="LedgerStoreException">The database is away, or more keys wait than may wait.</exception>
    public Task<TValue?[]> ReadAsync(IReadOnlyList<TKey> keys, CancellationToken cancellationToken)
    {
        var answers = new Task<TValue?>[keys.Count];
        bool begins;
        lock (_lock)
        {
            for (var i = 0; i < answers.Length; i++)
                answers[i] = Ask(keys[i]).Task;
            begins = answers.Length > 0 && Begin();
        }

        if (begins)
            _ = QueryAsync();
        return Task.WhenAll(answers).WaitAsync(cancellationToken);
    }

    private TaskCompletionSource<TValue?> Ask(TKey key)
    {
        if (!_waiting.TryGetValue(key, out var answer))
        {
            if (_waiting.Count == WaitingMax)
                throw new LedgerStoreException(StoreFailure.Unavailable, "Too many reads wait.");
            answer = new TaskCompletionSource<TValue?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add(key, answer);
        }

        return answer;
    }

    private bool Begin()
    {
        if (_queries == QueriesMax || (_queries > 0 && _waiting.Count < WaitingForFurtherQuery))
            return false;
        _queries++;
        return true;
    }

    /// <summary>Reads for all who wait, until nobody does. Never throws: whoever waits gets the failure.</summary>
    private async Task QueryAsync()
    {
        while (true)
        {
            Dictionary<TKey, TaskCompletionSource<TValue?>> asked;
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
                foreach (var (key, value) in await query(asked.Keys))
                    asked[key].SetResult(value);
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
