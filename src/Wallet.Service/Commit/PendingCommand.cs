using System.Diagnostics;
using Wallet.Ledger;

namespace Wallet.Service.Commit;

/// <summary>A command on its way through the queue, and the caller who waits for it.</summary>
internal sealed class PendingCommand(TransferCommand command, long enqueuedAt)
{
    private int _state = (int)State.Waiting;

    // Continuations run elsewhere: a caller's work must not hold up the worker that answers the whole batch.
    private readonly TaskCompletionSource<CommitAnswer> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TransferCommand Command { get; } = command;

    /// <summary>A <see cref="TimeProvider"/> timestamp.</summary>
    public long EnqueuedAt { get; } = enqueuedAt;

    /// <summary>The request's span, to which the batch's span links.</summary>
    public ActivityContext Context { get; } = Activity.Current?.Context ?? default;

    public Task<CommitAnswer> Answer => _completion.Task;

    /// <summary>Takes the command out of the queue for good; false where its caller has withdrawn it.</summary>
    public bool TryTake() => Leave(State.Taken);

    /// <summary>Makes sure that the command will not be carried out; false where it was taken already and may be.</summary>
    public bool TryWithdraw() => Leave(State.Withdrawn);

    public void Complete(CommitAnswer answer) => _completion.TrySetResult(answer);

    private bool Leave(State next) => Interlocked.CompareExchange(ref _state, (int)next, (int)State.Waiting) == (int)State.Waiting;

    private enum State
    {
        Waiting,
        Taken,
        Withdrawn,
    }
}
