using System.Collections.Concurrent;
using Wallet.Service.Storage;

namespace Wallet.Tests.Storage;

public sealed class SharedQueryTests
{
    private readonly ConcurrentQueue<long[]> _queries = [];
    private readonly ConcurrentQueue<TaskCompletionSource> _held = [];
    private readonly SharedQuery<long, string> _query;

    public SharedQueryTests() => _query = new SharedQuery<long, string>(FindAsync);

    /// <summary>Whether a query waits until the test lets it go on.</summary>
    private bool Holds { get; set; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_with_nothing_to_share_goes_at_once()
    {
        Assert.Equal("11", await _query.ReadAsync(11, Cancel));
        Assert.Null(await _query.ReadAsync(-1, Cancel));

        Assert.Equal([[11], [-1]], _queries);
    }

    [Fact]
    public async Task Those_who_wait_share_the_next_query_and_an_account_is_asked_for_once()
    {
        Holds = true;
        var early = Enumerable.Range(0, SharedQuery<long, string>.QueriesMax).Select(i => _query.ReadAsync(1_000 + i, Cancel)).ToArray();
        var late = Enumerable.Range(0, 90).Select(i => _query.ReadAsync(1 + (i % 30), Cancel)).ToArray();
        Holds = false;
        foreach (var query in _held)
            query.SetResult();

        Assert.Equal(Enumerable.Range(0, 90).Select(i => $"{1 + (i % 30)}"), await Task.WhenAll(late));
        await Task.WhenAll(early);
        Assert.Equal(SharedQuery<long, string>.QueriesMax + 1, _queries.Count);
        Assert.Equal(Enumerable.Range(1, 30).Select(i => (long)i), _queries.Last().Order());
    }

    [Fact]
    public async Task Keys_that_are_asked_for_together_are_answered_in_their_order()
    {
        Assert.Equal(["3", null, "1", "3"], await _query.ReadAsync([3, -1, 1, 3], Cancel));
        Assert.Empty(await _query.ReadAsync([], Cancel));

        Assert.Equal([[3, -1, 1]], _queries);
    }

    [Fact]
    public async Task More_than_may_wait_are_refused()
    {
        Holds = true;
        var begun = Enumerable.Range(1, SharedQuery<long, string>.QueriesMax).Select(i => _query.ReadAsync(-i, Cancel)).ToArray();
        var waiting = _query.ReadAsync([.. Enumerable.Range(1, SharedQuery<long, string>.WaitingMax).Select(i => (long)i)], Cancel);

        var refusal = await Assert.ThrowsAsync<LedgerStoreException>(() => _query.ReadAsync(99_999, Cancel));

        Assert.Equal(StoreFailure.Unavailable, refusal.Failure);
        Holds = false;
        foreach (var query in _held)
            query.SetResult();
        Assert.Equal(SharedQuery<long, string>.WaitingMax, (await waiting).Length);
        await Task.WhenAll(begun);
    }

    [Fact]
    public async Task A_read_never_gets_the_answer_of_a_query_that_began_before_it()
    {
        Holds = true;
        var before = Enumerable.Range(0, SharedQuery<long, string>.QueriesMax).Select(_ => _query.ReadAsync(7, Cancel)).ToArray();
        var begun = _queries.Count;
        var after = _query.ReadAsync(7, Cancel);
        Holds = false;
        foreach (var query in _held)
            query.SetResult();
        await Task.WhenAll(before.Append(after));

        Assert.True(_queries.Count > begun);
    }

    [Fact]
    public async Task A_query_that_fails_fails_those_who_shared_it_and_no_others()
    {
        Holds = true;
        var failing = _query.ReadAsync(7, Cancel);
        Holds = false;
        Assert.Single(_held).SetException(new LedgerStoreException(StoreFailure.Unavailable, "scripted"));

        await Assert.ThrowsAsync<LedgerStoreException>(() => failing);
        Assert.Equal("7", await _query.ReadAsync(7, Cancel));
    }

    [Fact]
    public async Task Whoever_gives_up_disturbs_nobody_else()
    {
        using var impatience = new CancellationTokenSource();
        Holds = true;
        var leaving = _query.ReadAsync(7, impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Holds = false;
        Assert.Single(_held).SetResult();

        Assert.Equal("7", await _query.ReadAsync(7, Cancel));
    }

    private async Task<IEnumerable<KeyValuePair<long, string>>> FindAsync(IReadOnlyCollection<long> ids)
    {
        _queries.Enqueue([.. ids]);
        if (Holds)
        {
            var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _held.Enqueue(held);
            await held.Task;
        }

        return ids.Where(id => id > 0).Select(id => KeyValuePair.Create(id, $"{id}"));
    }
}
