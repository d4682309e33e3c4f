namespace Wallet.Tests.Audit;

/// <summary>A clock on which whoever waits, waits for next to nothing.</summary>
internal sealed class ShortWaits(TimeProvider clock) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, TimeSpan.FromMilliseconds(1), period);
}
