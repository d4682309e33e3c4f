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
    public async Task Those_who_wait_share_the_next_query_and_a_key_is_asked_for_once()
    {
        Holds = true;
        var early = _query.ReadAsync(1_000, Cancel);
        var late = Enumerable.Range(0, 30).Select(i => _query.ReadAsync(1 + (i % 10), Cancel)).ToArray();
        Release();

        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"{1 + (i % 10)}"), await Task.WhenAll(late));
        Assert.Equal("1000", await early);
        Assert.Equal([[1_000], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]], _queries);
    }

    [Fact]
    public async Task Where_many_wait_a_further_query_begins_and_no_third()
    {
        Holds = true;
        var answers = Enumerable.Range(0, 100).Select(i => _query.ReadAsync(1 + i, Cancel)).ToArray();
        var underWay = _queries.Select(keys => keys.Length).ToArray();
        Release();

        Assert.Equal([1, SharedQuery<long, string>.WaitingForFurtherQuery], underWay);
        Assert.Equal(Enumerable.Range(1, 100).Select(i => $"{i}"), await Task.WhenAll(answers));
        Assert.Equal(3, _queries.Count);
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
        var begun = _query.ReadAsync(-1, Cancel);
        var further = _query.ReadAsync([.. Enumerable.Range(2, SharedQuery<long, string>.WaitingForFurtherQuery).Select(i => -(long)i)], Cancel);
        var waiting = _query.ReadAsync([.. Enumerable.Range(1, SharedQuery<long, string>.WaitingMax).Select(i => (long)i)], Cancel);

        var refusal = await Assert.ThrowsAsync<LedgerStoreException>(() => _query.ReadAsync(99_999, Cancel));

        Assert.Equal(StoreFailure.Unavailable, refusal.Failure);
        Release();
        Assert.Equal(SharedQuery<long, string>.WaitingMax, (await waiting).Length);
        await begun;
        await further;
    }

    [Fact]
    public async Task A_read_never_gets_the_answer_of_a_query_that_began_before_it()
    {
        Holds = true;
        var before = _query.ReadAsync(7, Cancel);
        var begun = _queries.Count;
        var after = _query.ReadAsync(7, Cancel);
        Release();
        await Task.WhenAll(before, after);

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

    private void Release()
    {
        Holds = false;
        foreach (var query in _held)
            query.SetResult();
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
