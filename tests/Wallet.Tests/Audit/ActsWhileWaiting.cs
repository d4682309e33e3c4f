namespace Wallet.Tests.Audit;

/// <summary>A clock on which something happens while somebody waits.</summary>
internal sealed class ActsWhileWaiting(Func<Task> act) : TimeProvider
{
    /// <summary>How often somebody has waited.</summary>
    public int Times { get; private set; }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Times++;
        return System.CreateTimer(_ => act().ContinueWith(_ => callback(state), TaskScheduler.Default), null, TimeSpan.FromMilliseconds(1), period);
    }
}
