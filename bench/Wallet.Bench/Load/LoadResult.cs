using System.Collections.Concurrent;
using HdrHistogram;

namespace Wallet.Bench.Load;

/// <summary>What came of a load.</summary>
internal sealed record LoadResult
{
    /// <summary>How many requests were answered as they should, by kind.</summary>
    public long Completed => Latencies.Sum(static h => h.TotalCount);

    /// <summary>How many of them were transfers.</summary>
    public long Transfers => LatenciesOf(RequestKind.Transfer).TotalCount;

    /// <summary>From the first request to the last answer.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>How long the good answers took, in microseconds, by <see cref="RequestKind"/>.</summary>
    public required IReadOnlyList<HistogramBase> Latencies { get; init; }

    /// <summary>How many requests were answered otherwise, by what they met.</summary>
    public required IReadOnlyDictionary<string, long> Failures { get; init; }

    /// <summary>The first of those answers.</summary>
    public required string? FirstFailure { get; init; }

    public double PerSecond => Completed / Elapsed.TotalSeconds;

    public HistogramBase LatenciesOf(RequestKind kind) => Latencies[(int)kind];

    /// <summary>The latencies of all kinds together.</summary>
    public HistogramBase AllLatencies()
    {
        var all = LatencyRecorder.NewHistogram();
        foreach (var latencies in Latencies)
            all.Add(latencies);
        return all;
    }
}

/// <summary>Collects latencies and failures. Safe to use from any thread: each has histograms of its own, which are added up at the end.</summary>
internal sealed class LatencyRecorder : IDisposable
{
    private const long LongestMicroseconds = 60_000_000;
    private const int Digits = 3;
    private static readonly int Kinds = Enum.GetValues<RequestKind>().Length;

    private readonly ThreadLocal<LongHistogram[]> _latencies = new(NewHistograms, trackAllValues: true);
    private readonly ConcurrentDictionary<string, long> _failures = new();
    private string? _firstFailure;

    public static LongHistogram NewHistogram() => new(1, LongestMicroseconds, Digits);

    /// <summary>A good answer.</summary>
    public void Answered(RequestKind kind, TimeSpan latency) =>
        _latencies.Value![(int)kind].RecordValue(Math.Clamp((long)latency.TotalMicroseconds, 1, LongestMicroseconds));

    /// <summary>Anything else.</summary>
    /// <param name="what">What it was, in a word.</param>
    /// <param name="text">All that is known of it.</param>
    public void Failed(string what, string text)
    {
        _failures.AddOrUpdate(what, 1, static (_, count) => count + 1);
        Interlocked.CompareExchange(ref _firstFailure, text, null);
    }

    /// <summary>The sum of what all threads have recorded. They must have stopped.</summary>
    public LoadResult ToResult(TimeSpan elapsed)
    {
        var sum = NewHistograms();
        foreach (var histograms in _latencies.Values)
        {
            for (var kind = 0; kind < Kinds; kind++)
                sum[kind].Add(histograms[kind]);
        }

        return new LoadResult { Elapsed = elapsed, Latencies = sum, Failures = _failures, FirstFailure = _firstFailure };
    }

    public void Dispose() => _latencies.Dispose();

    private static LongHistogram[] NewHistograms() => [.. Enumerable.Range(0, Kinds).Select(static _ => NewHistogram())];
}
