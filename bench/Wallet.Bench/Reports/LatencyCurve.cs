using HdrHistogram;
using Wallet.Bench.Measuring;

namespace Wallet.Bench.Reports;

/// <summary>One point of how latency is distributed.</summary>
/// <param name="Percentile">0 to less than 100: how many answers took no longer.</param>
/// <param name="Milliseconds">Than this.</param>
internal readonly record struct LatencyPoint(double Percentile, double Milliseconds);

/// <summary>How latency is distributed, at percentiles that lie ever closer towards the slowest, as HdrHistogram draws it.</summary>
internal static class LatencyCurve
{
    private const int PointsPerNine = 10;

    /// <summary>The points, up to the last percentile that one single answer still decides.</summary>
    /// <param name="microseconds">The latencies.</param>
    public static IEnumerable<LatencyPoint> Of(HistogramBase microseconds)
    {
        var nines = Math.Log10(Math.Max(1, microseconds.TotalCount));
        for (var i = 0; i <= nines * PointsPerNine; i++)
        {
            var percentile = 100 * (1 - Math.Pow(10, -i / (double)PointsPerNine));
            yield return new LatencyPoint(percentile, RoundResult.Percentile(microseconds, percentile));
        }
    }
}
