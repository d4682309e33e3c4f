namespace Wallet.Service.Commit;

/// <summary>
/// The callers who wait, in the order in which they came, which is also the order in which their patience ends: one timer looks after all
/// of them, where each would need one of her own. Safe to use from any thread.
/// </summary>
internal sealed class WaitingCallers : IDisposable
{
    // How much longer than the set time a caller may have to wait.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;
    private readonly Action<PendingCommand> _onImpatient;
    private readonly ITimer _timer;
    private PendingCommand? _first;
    private PendingCommand? _last;

    /// <param name="time">The clock.</param>
    /// <param name="patience">How long each waits.</param>
    /// <param name="onImpatient">Called with one who has waited that long, and waits no more.</param>
    public WaitingCallers(TimeProvider time, TimeSpan patience, Action<PendingCommand> onImpatient)
    {
        _time = time;
        _patience = patience;
        _onImpatient = onImpatient;
        _timer = time.CreateTimer(static waiting => ((WaitingCallers)waiting!).EndThePatience(), this, Tick, Tick);
    }

    public void Add(PendingCommand pending)
    {
        lock (_lock)
        {
            pending.Earlier = _last;
            if (_last is null)
                _first = pending;
            else
                _last.Later = pending;
            _last = pending;
        }
    }

    /// <summary>One who was added has her answer.</summary>
    public void Remove(PendingCommand pending)
    {
        lock (_lock)
            Unlink(pending);
    }

    public void Dispose() => _timer.Dispose();

    private void EndThePatience()
    {
        while (TakeImpatient() is { } pending)
            _onImpatient(pending);
    }

    private PendingCommand? TakeImpatient()
    {
        lock (_lock)
        {
            if (_first is not { } first || _time.GetElapsedTime(first.EnqueuedAt) < _patience)
                return null;
            Unlink(first);
            return first;
        }
    }

    /// <summary>Does nothing with one who has been taken out already.</summary>
    private void Unlink(PendingCommand pending)
    {
        if (pending != _first && pending.Earlier is null)
            return;
        if (pending.Earlier is null)
            _first = pending.Later;
        else
            pending.Earlier.Later = pending.Later;
        if (pending.Later is null)
            _last = pending.Earlier;
        else
            pending.Later.Earlier = pending.Earlier;
        pending.Earlier = pending.Later = null;
    }
}
