using System.Diagnostics;
using System.Threading.Tasks.Sources;
using Wallet.Ledger;

namespace Wallet.Service.Commit;

/// <summary>A command on its way through the queue, and the caller who waits for it: one object for both, since there is one for each request.</summary>
internal sealed class PendingCommand(TransferCommand command, long enqueuedAt) : IValueTaskSource<CommitAnswer>
{
    private int _state = (int)State.Waiting;
    private int _isAnswered;

    // Continuations run elsewhere: a caller's work must not hold up the worker that answers the whole batch.
    private ManualResetValueTaskSourceCore<CommitAnswer> _answer = new() { RunContinuationsAsynchronously = true };

    public TransferCommand Command { get; } = command;

    /// <summary>A <see cref="TimeProvider"/> timestamp.</summary>
    public long EnqueuedAt { get; } = enqueuedAt;

    /// <summary>The request's span, to which the batch's span links.</summary>
    public ActivityContext Context { get; } = Activity.Current?.Context ?? default;

    /// <summary>Its neighbours in <see cref="WaitingCallers"/>, whose they are.</summary>
    public PendingCommand? Earlier { get; set; }

    /// <inheritdoc cref="Earlier"/>
    public PendingCommand? Later { get; set; }

    /// <summary>The answer, which can be waited for once.</summary>
    public ValueTask<CommitAnswer> Answer => new(this, _answer.Version);

    /// <summary>Takes the command out of the queue for good; false where its caller has withdrawn it.</summary>
    public bool TryTake() => Leave(State.Taken);

    /// <summary>Makes sure that the command will not be carried out; false where it was taken already and may be.</summary>
    public bool TryWithdraw() => Leave(State.Withdrawn);

    /// <summary>Answers the caller, unless she has an answer.</summary>
    public void Complete(CommitAnswer answer)
    {
        if (Interlocked.Exchange(ref _isAnswered, 1) == 0)
            _answer.SetResult(answer);
    }

    CommitAnswer IValueTaskSource<CommitAnswer>.GetResult(short token) => _answer.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<CommitAnswer>.GetStatus(short token) => _answer.GetStatus(token);

    void IValueTaskSource<CommitAnswer>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);

    private bool Leave(State next) => Interlocked.CompareExchange(ref _state, (int)next, (int)State.Waiting) == (int)State.Waiting;

    private enum State
    {
        Waiting,
        Taken,
        Withdrawn,
    }
}
