using System.Globalization;

namespace Wallet.Bench.Measuring;

/// <summary>Metrics as Prometheus reads them. Pure.</summary>
internal static class PrometheusText
{
    /// <summary>The sum of a metric over all its labels; 0 where it is not there.</summary>
    public static double Sum(string text, string name)
    {
        var sum = 0.0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (!line.StartsWith(name, StringComparison.Ordinal) || line.Length == name.Length || line[name.Length] is not (' ' or '{'))
                continue;
            // "name{labels} value" or, with a time after it, "name{labels} value milliseconds"
            var value = line[(Math.Max(line.LastIndexOf('}'), name.Length - 1) + 1)..].Trim();
            var end = value.IndexOf(' ');
            sum += double.Parse(end < 0 ? value : value[..end], CultureInfo.InvariantCulture);
        }

        return sum;
    }
}
