using System.Diagnostics;

namespace Wallet.Chaos.Checking;

/// <summary>How long nothing is acknowledged while something breaks and recovers. Safe to use from any thread.</summary>
internal sealed class RecoveryWatch
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<TimeSpan> _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _acknowledgedAt = Stopwatch.GetTimestamp();
    private long _brokenAt = long.MaxValue;
    private TimeSpan _longest;

    /// <summary>Ends with a transfer that was asked for after <see cref="MarkBroken"/> and acknowledged: the longest time without an acknowledgement until then.</summary>
    public Task<TimeSpan> Recovered => _recovered.Task;

    /// <summary>It is broken now, if it was not before.</summary>
    public void MarkBroken()
    {
        lock (_lock)
            _brokenAt = Stopwatch.GetTimestamp();
    }

    /// <summary>There is an acknowledgement.</summary>
    /// <param name="beganAt">When it was asked for.</param>
    public void See(long beganAt)
    {
        lock (_lock)
        {
            var silence = Stopwatch.GetElapsedTime(_acknowledgedAt);
            _acknowledgedAt = Stopwatch.GetTimestamp();
            _longest = silence > _longest ? silence : _longest;
            if (beganAt > _brokenAt)
                _recovered.TrySetResult(_longest);
        }
    }
}
