using System.Collections.Concurrent;
using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Tests.Storage;

/// <summary>A store that does what a test says, to see what happens around it. What a test says nothing of is not to be called.</summary>
internal sealed class ScriptedStore(
    Func<int, IReadOnlyList<TransferCommand>, IReadOnlyList<Decision>> onCommit) : ILedgerStore
{
    private int _commits;

    /// <summary>The sizes of the batches that came, in order.</summary>
    public ConcurrentQueue<int> Batches { get; } = [];

    public string Name => "scripted";

    public int WritersMax => 1;

    public Task WhenWritableAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<IReadOnlyList<Decision>> CommitAsync(IReadOnlyList<TransferCommand> commands, DateTime now, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Batches.Enqueue(commands.Count);
        return onCommit(Interlocked.Increment(ref _commits), commands);
    }

    public Task<IReadOnlyList<Account>> FindAccountsAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task MigrateAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<OpeningDecision> OpenAccountAsync(OpenAccountCommand command, DateTime now, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Account>> ListAccountsAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Transfer?> FindTransferAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<IReadOnlyList<Entry>>> ReadEntriesAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<EntryPage> FindEntriesAsync(EntryQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task CheckAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
