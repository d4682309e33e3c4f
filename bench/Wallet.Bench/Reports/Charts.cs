using System.Globalization;
using System.Text;
using Wallet.Bench.Measuring;

namespace Wallet.Bench.Reports;

/// <summary>Drawings in SVG. Their colours are classes named after the hosts, for the page to choose.</summary>
internal static class Charts
{
    private const double Width = 480;
    private const double Left = 64;
    private const double Right = 90; // for the figure behind the longest bar

    private const double BarHeight = 18;
    private const double GroupGap = 26;

    private const double PlotHeight = 240;
    private const double PlotTop = 10;
    private const double PlotBottom = 26;
    private const double PlotRight = 28;

    /// <summary>Requests per second, a group of bars for each number of connections.</summary>
    public static string Bars(IReadOnlyList<CaseResult> cases)
    {
        var longest = cases.SelectMany(static c => c.Hosts).SelectMany(static h => h.Rounds).Max(static r => r.RequestsPerSecond);
        var scale = (Width - Left - Right) / Math.Max(1, longest);
        var svg = new StringBuilder();
        var y = 0.0;
        foreach (var result in cases)
        {
            Append(svg, $"<text class=\"soft\" x=\"0\" y=\"{y + 16:0.#}\">{result.Connections} connections</text>");
            y += GroupGap;
            foreach (var host in result.Hosts)
            {
                var median = host.MedianOf(static r => r.RequestsPerSecond);
                var slowest = Left + scale * host.Rounds.Min(static r => r.RequestsPerSecond);
                var fastest = Left + scale * host.Rounds.Max(static r => r.RequestsPerSecond);
                var middle = y + BarHeight / 2;
                Append(svg, $"<text x=\"{Left - 6:0.#}\" y=\"{middle + 4:0.#}\" text-anchor=\"end\">{host.Host}</text>");
                Append(svg, $"<rect class=\"{host.Host}\" x=\"{Left:0.#}\" y=\"{y + 2:0.#}\" width=\"{Math.Max(1, scale * median):0.#}\" height=\"{BarHeight - 4:0.#}\" rx=\"3\"/>");
                Append(svg, $"<line class=\"range\" x1=\"{slowest:0.#}\" y1=\"{middle:0.#}\" x2=\"{fastest:0.#}\" y2=\"{middle:0.#}\"/>");
                Append(svg, $"<text x=\"{fastest + 8:0.#}\" y=\"{middle + 4:0.#}\">{median:N0}</text>");
                y += BarHeight;
            }
        }

        return Wrap(svg, y + 4, "requests per second by host");
    }

    /// <summary>Latency over percentile, both on logarithmic scales: each nine is as wide as the one before.</summary>
    public static string Latencies(CaseResult result)
    {
        var curves = result.Hosts.Select(static host => (host.Host, Points: LatencyCurve.Of(host.AllLatencies()).ToArray())).ToArray();
        var nines = Math.Max(1, curves.Max(static curve => Nines(curve.Points[^1].Percentile)));
        var lowest = Math.Floor(Math.Log10(Math.Max(0.001, curves.Min(static curve => curve.Points[0].Milliseconds))));
        var highest = Math.Max(lowest + 1, Math.Ceiling(Math.Log10(Math.Max(0.001, curves.Max(static curve => curve.Points[^1].Milliseconds)))));

        var svg = new StringBuilder();
        for (var decade = lowest; decade <= highest; decade++)
        {
            var y = Y(Math.Pow(10, decade));
            Append(svg, $"<line class=\"grid\" x1=\"{Left:0.#}\" y1=\"{y:0.#}\" x2=\"{Width - PlotRight:0.#}\" y2=\"{y:0.#}\"/>");
            Append(svg, $"<text class=\"soft\" x=\"{Left - 8:0.#}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{Math.Pow(10, decade):0.###}</text>");
        }

        for (var nine = 0; nine <= nines; nine++)
        {
            var percentile = 100 * (1 - Math.Pow(10, -nine));
            Append(svg, $"<line class=\"grid\" x1=\"{X(nine):0.#}\" y1=\"{PlotTop:0.#}\" x2=\"{X(nine):0.#}\" y2=\"{PlotTop + PlotHeight:0.#}\"/>");
            Append(svg, $"<text class=\"soft\" x=\"{X(nine):0.#}\" y=\"{PlotTop + PlotHeight + 18:0.#}\" text-anchor=\"middle\">{percentile:0.####} %</text>");
        }

        foreach (var (host, points) in curves)
        {
            var line = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(Nines(point.Percentile)):0.#},{Y(point.Milliseconds):0.#}")));
            Append(svg, $"<polyline class=\"{host}\" points=\"{line}\"/>");
        }

        return Wrap(svg, PlotTop + PlotHeight + PlotBottom, "latency by percentile");

        double X(double nine) => Left + (Width - Left - PlotRight) * nine / nines;
        double Y(double milliseconds) => PlotTop + PlotHeight * (highest - Math.Log10(Math.Max(0.001, milliseconds))) / (highest - lowest);
    }

    /// <summary>1 for 90 %, 2 for 99 %, 3 for 99.9 %.</summary>
    private static double Nines(double percentile) => -Math.Log10(1 - percentile / 100);

    private static void Append(StringBuilder svg, FormattableString element) => svg.Append(element.ToString(CultureInfo.InvariantCulture));

    private static string Wrap(StringBuilder content, double height, string label) =>
        string.Create(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width:0.#} {height:0.#}\" role=\"img\" aria-label=\"{label}\">{content}</svg>");
}
