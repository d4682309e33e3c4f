using Wallet.Bench.Hosts;

namespace Wallet.Bench.Measuring;

/// <summary>A host that is measured, and its ledger; the ceiling has none.</summary>
internal sealed record Subject(HostProcess Host, ILedgerCopy? Ledger) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Host.DisposeAsync();
}

/// <summary>What a host, its database and the load generator have used so far.</summary>
internal sealed record Reading
{
    public required TimeSpan ServiceCpu { get; init; }

    public required TimeSpan LoadCpu { get; init; }

    /// <summary>By the host, on the managed heap, in bytes.</summary>
    public required double Allocated { get; init; }

    public required double Batches { get; init; }

    public required double BatchedTransfers { get; init; }

    /// <summary>By the host's own process to storage, in bytes.</summary>
    public required long Written { get; init; }

    public required DatabaseUse? Database { get; init; }

    public static async Task<Reading> TakeAsync(Subject subject)
    {
        var metrics = await subject.Host.ReadMetricsAsync();
        var id = subject.Host.ProcessId;
        return new Reading
        {
            Database = subject.Ledger is { } ledger ? await ledger.ReadUseAsync() : null,
            ServiceCpu = ProcessTimes.Of(id),
            LoadCpu = ProcessTimes.Of(Environment.ProcessId),
            Allocated = PrometheusText.Sum(metrics, "dotnet_gc_heap_total_allocated_bytes_total"),
            Batches = PrometheusText.Sum(metrics, "wallet_commit_batch_size_count"),
            BatchedTransfers = PrometheusText.Sum(metrics, "wallet_commit_batch_size_sum"),
            Written = ProcessMemory.Written(id),
        };
    }
}
