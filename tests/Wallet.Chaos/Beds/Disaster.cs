namespace Wallet.Chaos.Beds;

/// <summary>A way to break something.</summary>
/// <param name="Name">How the report calls it.</param>
/// <param name="StrikeAsync">Breaks it, and starts again what does not come back by itself.</param>
internal sealed record Disaster(string Name, Func<Random, Task> StrikeAsync)
{
    /// <summary>Brings back what the service does without, once it has recovered.</summary>
    public Func<Task> RestoreAsync { get; init; } = static () => Task.CompletedTask;
}
