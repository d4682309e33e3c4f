using System.Collections.Concurrent;
using Wallet.Ledger;
using Wallet.Service.Accounts;
using Wallet.Service.Storage;
using Wallet.Tests.Ledger;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Accounts;

public sealed class AccountReaderTests
{
    private readonly ConcurrentQueue<long[]> _queries = [];
    private readonly ConcurrentQueue<TaskCompletionSource> _held = [];
    private readonly AccountReader _reader;

    public AccountReaderTests() => _reader = new AccountReader(new ScriptedStore(onFindAccounts: FindAsync));

    /// <summary>Whether a query waits until the test lets it go on.</summary>
    private bool Holds { get; set; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_with_nothing_to_share_goes_at_once()
    {
        Assert.Equal(11, (await _reader.ReadAsync(11, Cancel))!.Id);
        Assert.Null(await _reader.ReadAsync(-1, Cancel));

        Assert.Equal([[11], [-1]], _queries);
    }

    [Fact]
    public async Task Those_who_wait_share_the_next_query_and_an_account_is_asked_for_once()
    {
        Holds = true;
        var early = Enumerable.Range(0, Environment.ProcessorCount).Select(i => _reader.ReadAsync(1_000 + i, Cancel)).ToArray();
        var late = Enumerable.Range(0, 90).Select(i => _reader.ReadAsync(1 + (i % 30), Cancel)).ToArray();
        Holds = false;
        foreach (var query in _held)
            query.SetResult();

        Assert.Equal(Enumerable.Range(0, 90).Select(i => 1L + (i % 30)), (await Task.WhenAll(late)).Select(a => a!.Id));
        await Task.WhenAll(early);
        Assert.Equal(Environment.ProcessorCount + 1, _queries.Count);
        Assert.Equal(Enumerable.Range(1, 30).Select(i => (long)i), _queries.Last().Order());
    }

    [Fact]
    public async Task A_read_never_gets_the_answer_of_a_query_that_began_before_it()
    {
        Holds = true;
        var before = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => _reader.ReadAsync(7, Cancel)).ToArray();
        var begun = _queries.Count;
        var after = _reader.ReadAsync(7, Cancel);
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
        var failing = _reader.ReadAsync(7, Cancel);
        Holds = false;
        Assert.Single(_held).SetException(new LedgerStoreException(StoreFailure.Unavailable, "scripted"));

        await Assert.ThrowsAsync<LedgerStoreException>(() => failing);
        Assert.Equal(7, (await _reader.ReadAsync(7, Cancel))!.Id);
    }

    [Fact]
    public async Task Whoever_gives_up_disturbs_nobody_else()
    {
        using var impatience = new CancellationTokenSource();
        Holds = true;
        var leaving = _reader.ReadAsync(7, impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Holds = false;
        Assert.Single(_held).SetResult();

        Assert.Equal(7, (await _reader.ReadAsync(7, Cancel))!.Id);
    }

    private async Task<IReadOnlyList<Account>> FindAsync(IReadOnlyCollection<long> ids)
    {
        _queries.Enqueue([.. ids]);
        if (Holds)
        {
            var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _held.Enqueue(held);
            await held.Task;
        }

        return [.. ids.Where(id => id > 0).Select(id => LedgerSamples.User(id))];
    }
}
