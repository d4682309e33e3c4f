using Microsoft.Extensions.Time.Testing;

namespace Wallet.Tests.Faults;

/// <summary>A clock that can be set while time passes as before, as a machine's: timestamps and timers do not jump with it, which those of <see cref="FakeTimeProvider.AdjustTime"/> do.</summary>
internal sealed class SetClock(DateTimeOffset start) : TimeProvider
{
    private readonly FakeTimeProvider _passing = new(start);
    private TimeSpan _offset;

    public override long TimestampFrequency => _passing.TimestampFrequency;

    /// <summary>Lets time pass.</summary>
    public void Advance(TimeSpan time) => _passing.Advance(time);

    /// <summary>Sets the clock; no time passes.</summary>
    public void Set(DateTimeOffset now) => _offset = now - _passing.GetUtcNow();

    public override DateTimeOffset GetUtcNow() => _passing.GetUtcNow() + _offset;

    public override long GetTimestamp() => _passing.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => _passing.CreateTimer(callback, state, dueTime, period);
}
