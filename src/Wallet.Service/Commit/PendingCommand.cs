using System.Diagnostics;
using Wallet.Ledger;

namespace Wallet.Service.Commit;

/// <summary>A command on its way through the queue, and the caller who waits for it.</summary>
internal sealed class PendingCommand(TransferCommand command, long enqueuedAt)
{
    // Continuations run elsewhere: a caller's work must not hold up the worker that answers the whole batch.
    private readonly TaskCompletionSource<CommitAnswer> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TransferCommand Command { get; } = command;

    /// <summary>A <see cref="TimeProvider"/> timestamp.</summary>
    public long EnqueuedAt { get; } = enqueuedAt;

    /// <summary>The request's span, to which the batch's span links.</summary>
    public ActivityContext Context { get; } = Activity.Current?.Context ?? default;

    public Task<CommitAnswer> Answer => _completion.Task;

    public void Complete(CommitAnswer answer) => _completion.TrySetResult(answer);
}
