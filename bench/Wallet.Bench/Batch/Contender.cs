namespace Wallet.Bench.Batch;

/// <summary>One way to move money, which is held against the others.</summary>
internal interface IContender : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Moves money for so long.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    Task<ContenderRun> RunAsync(TimeSpan duration, CancellationToken cancellationToken);
}

/// <param name="Transfers">How many are durable.</param>
/// <param name="Elapsed">In what time.</param>
/// <param name="Batches">In how many database transactions.</param>
internal readonly record struct ContenderRun(long Transfers, TimeSpan Elapsed, long Batches)
{
    public double PerSecond => Transfers / Elapsed.TotalSeconds;

    public double BatchSize => (double)Transfers / Batches;
}
