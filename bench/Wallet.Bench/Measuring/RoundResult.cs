using System.Text.Json.Serialization;
using HdrHistogram;
using Wallet.Bench.Load;

namespace Wallet.Bench.Measuring;

/// <summary>One host under one load, once. What does not apply to it is null.</summary>
internal sealed record RoundResult
{
    public required double RequestsPerSecond { get; init; }

    /// <summary>Half of the answers took no longer, in milliseconds.</summary>
    [JsonPropertyName("p50_ms")]
    public required double P50 { get; init; }

    [JsonPropertyName("p99_ms")]
    public required double P99 { get; init; }

    [JsonPropertyName("p99_9_ms")]
    public required double P999 { get; init; }

    /// <summary>CPU of the host, in microseconds per request.</summary>
    [JsonPropertyName("service_cpu_us")]
    public required double ServiceCpu { get; init; }

    /// <summary>CPU of the database server, in microseconds per request.</summary>
    [JsonPropertyName("database_cpu_us")]
    public required double? DatabaseCpu { get; init; }

    /// <summary>CPU of the load generator, in microseconds per request.</summary>
    [JsonPropertyName("load_cpu_us")]
    public required double LoadCpu { get; init; }

    /// <summary>On the host's managed heap, in bytes per request.</summary>
    public required double Allocated { get; init; }

    /// <summary>Transfers in one database transaction, on average.</summary>
    public required double? BatchSize { get; init; }

    /// <summary>Bytes in the write-ahead log, per transfer.</summary>
    public required double? LogBytes { get; init; }

    /// <summary>By how many bytes the database grew, per transfer.</summary>
    public required double? StoredBytes { get; init; }

    /// <summary>Bytes that the host itself had written to storage, per transfer; for an embedded database.</summary>
    public required double? WrittenBytes { get; init; }

    /// <summary>The most memory that the host had resident, in bytes.</summary>
    public required long PeakMemory { get; init; }

    /// <summary>Requests that were not answered as they should, by what they met.</summary>
    public required IReadOnlyDictionary<string, long> Failures { get; init; }

    /// <summary>The first of those answers.</summary>
    public required string? FirstFailure { get; init; }

    /// <summary>The latencies by kind of request, in microseconds.</summary>
    [JsonIgnore]
    public IReadOnlyList<HistogramBase> Latencies { get; init; } = [];

    /// <summary>What a load has cost, by what was read before and after it.</summary>
    public static RoundResult From(LoadResult load, Reading before, Reading after, long peakMemory)
    {
        var latencies = load.AllLatencies();
        var database = after.Database;
        var isEmbedded = database is { Cpu: null };
        return new RoundResult
        {
            RequestsPerSecond = load.PerSecond,
            P50 = Percentile(latencies, 50),
            P99 = Percentile(latencies, 99),
            P999 = Percentile(latencies, 99.9),
            ServiceCpu = PerRequest(after.ServiceCpu - before.ServiceCpu),
            DatabaseCpu = database?.Cpu - before.Database?.Cpu is { } cpu ? PerRequest(cpu) : null,
            LoadCpu = PerRequest(after.LoadCpu - before.LoadCpu),
            Allocated = (after.Allocated - before.Allocated) / load.Completed,
            BatchSize = after.Batches > before.Batches ? (after.BatchedTransfers - before.BatchedTransfers) / (after.Batches - before.Batches) : null,
            LogBytes = PerTransfer(database?.LogBytes - before.Database?.LogBytes),
            StoredBytes = PerTransfer(database?.StoredBytes - before.Database?.StoredBytes),
            WrittenBytes = isEmbedded ? PerTransfer(after.Written - before.Written) : null,
            PeakMemory = peakMemory,
            Failures = load.Failures,
            FirstFailure = load.FirstFailure,
            Latencies = load.Latencies,
        };

        double PerRequest(TimeSpan cpu) => cpu.TotalMicroseconds / load.Completed;
        double? PerTransfer(long? bytes) => load.Transfers > 0 ? (double?)bytes / load.Transfers : null;
    }

    /// <summary>In milliseconds.</summary>
    public static double Percentile(HistogramBase microseconds, double percentile) => microseconds.GetValueAtPercentile(percentile) / 1_000.0;
}

/// <summary>One host under one load, in all rounds.</summary>
/// <param name="Host">Its name.</param>
/// <param name="Rounds">In their order.</param>
internal sealed record HostResult(string Host, IReadOnlyList<RoundResult> Rounds)
{
    public long Failures => Rounds.Sum(static round => round.Failures.Values.Sum());

    public double MedianOf(Func<RoundResult, double> figure) => Median.Of(Rounds.Select(figure));

    public double? MedianOf(Func<RoundResult, double?> figure) => Median.Of(Rounds.Select(figure));

    /// <summary>How many times as many requests per second as another.</summary>
    public double RatioTo(HostResult other) =>
        Median.OfRatios(Rounds.Select(static round => round.RequestsPerSecond), other.Rounds.Select(static round => round.RequestsPerSecond));

    /// <summary>The latencies of all rounds and kinds of request, in microseconds.</summary>
    public HistogramBase AllLatencies()
    {
        var all = LatencyRecorder.NewHistogram();
        foreach (var latencies in Rounds.SelectMany(static round => round.Latencies))
            all.Add(latencies);
        return all;
    }
}

/// <summary>One load, and how the hosts bore it.</summary>
/// <param name="Scenario">What was asked for.</param>
/// <param name="Connections">Over how many connections.</param>
/// <param name="Hosts">The hosts, in the order of the report.</param>
internal sealed record CaseResult(Scenario Scenario, int Connections, IReadOnlyList<HostResult> Hosts)
{
    public HostResult? Find(string host) => Hosts.FirstOrDefault(h => h.Host == host);
}
