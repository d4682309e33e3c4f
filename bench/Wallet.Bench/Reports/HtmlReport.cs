using System.Globalization;
using System.Net;
using System.Text;
using Wallet.Bench.Measuring;

namespace Wallet.Bench.Reports;

/// <summary>The report as one page that needs nothing else: no script, no font, no image from elsewhere; light or dark as the reader's system is.</summary>
internal static class HtmlReport
{
    private const string Head =
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>WalletService, measured</title>
        <style>
          :root {
            color-scheme: light dark;
            --page: #f7f7f5; --card: #fff; --ink: #1d1d1b; --soft: #6f6f6a; --line: #e3e3de;
            --echo: #b4b4ac; --baseline: #e0973a; --wallet: #1f7a5c;
          }
          @media (prefers-color-scheme: dark) {
            :root {
              --page: #161615; --card: #1f1f1d; --ink: #ecece6; --soft: #9a9a92; --line: #34342f;
              --echo: #6c6c66; --baseline: #d98f3a; --wallet: #43b38b;
            }
          }
          * { box-sizing: border-box; }
          body { margin: 0 auto; max-width: 90rem; padding: 2.5rem 1.25rem 4rem; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
          h1 { font-size: 1.9rem; margin: 0 0 .25rem; letter-spacing: -.02em; }
          h2 { font-size: 1.2rem; margin: 0; }
          p { margin: .1rem 0 1rem; color: var(--soft); }
          section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem; margin: 1.25rem 0; overflow-x: auto; }
          dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; margin: 0; }
          dt { color: var(--soft); } dd { margin: 0; }
          .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1.25rem; }
          figure { margin: 0; } figcaption { color: var(--soft); font-size: .85rem; margin-bottom: .35rem; }
          svg { width: 100%; height: auto; display: block; }
          svg text { font: 11px system-ui, sans-serif; fill: var(--ink); } svg .soft { fill: var(--soft); }
          svg .grid { stroke: var(--line); } svg .range { stroke: var(--ink); stroke-width: 1; opacity: .55; }
          svg polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
          rect.echo { fill: var(--echo); } rect.baseline { fill: var(--baseline); } rect.wallet { fill: var(--wallet); }
          polyline.echo { stroke: var(--echo); } polyline.baseline { stroke: var(--baseline); } polyline.wallet { stroke: var(--wallet); }
          .key { display: inline-block; width: .8rem; height: .8rem; border-radius: 3px; margin: 0 .4rem 0 1rem; vertical-align: -1px; }
          .key.echo { background: var(--echo); } .key.baseline { background: var(--baseline); } .key.wallet { background: var(--wallet); }
          table { border-collapse: collapse; font-size: .8rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
          th, td { text-align: right; padding: .3rem .55rem; border-bottom: 1px solid var(--line); }
          th { color: var(--soft); font-weight: 500; cursor: help; } th.name, td.name { text-align: left; cursor: auto; }
          tr.first td { border-top: 2px solid var(--line); } td.failed { color: #d33; font-weight: 600; }
        </style>
        </head>
        <body>
        """;

    public static Task WriteAsync(string file, IReadOnlyDictionary<string, string> conditions, IReadOnlyList<CaseResult> cases) =>
        File.WriteAllTextAsync(file, Write(conditions, cases));

    public static string Write(IReadOnlyDictionary<string, string> conditions, IReadOnlyList<CaseResult> cases)
    {
        var page = new StringBuilder(Head);
        page.Append("<h1>WalletService, measured</h1>\n<p>Requests per second, latency and cost, on one machine that load, hosts and database share: read the ratios.");
        foreach (var host in cases.SelectMany(static c => c.Hosts).Select(static h => h.Host).Distinct())
            page.Append(CultureInfo.InvariantCulture, $"<span class=\"key {Text(host)}\"></span>{Text(host)}");
        page.Append("</p>\n<section><dl>\n");
        foreach (var (name, value) in conditions)
            page.Append(CultureInfo.InvariantCulture, $"<dt>{Text(name)}</dt><dd>{Text(value)}</dd>\n");
        page.Append("</dl></section>\n");

        foreach (var scenario in cases.GroupBy(static c => c.Scenario))
        {
            page.Append(CultureInfo.InvariantCulture, $"<section><h2>{Text(scenario.Key.Name)}</h2><p>{Text(scenario.Key.Description)}</p>\n<div class=\"charts\">\n");
            page.Append("<figure><figcaption>requests per second, median; the line is from the slowest to the fastest round</figcaption>");
            page.Append(Charts.Bars([.. scenario])).Append("</figure>\n");
            foreach (var result in scenario)
            {
                page.Append(CultureInfo.InvariantCulture, $"<figure><figcaption>latency by percentile in milliseconds, {result.Connections} connections</figcaption>");
                page.Append(Charts.Latencies(result)).Append("</figure>\n");
            }

            page.Append("</div></section>\n");
        }

        AppendTable(page, cases);
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static void AppendTable(StringBuilder page, IReadOnlyList<CaseResult> cases)
    {
        var columns = ReportColumn.For(cases);
        page.Append("<section><table>\n<tr><th class=\"name\">scenario</th><th>connections</th><th class=\"name\">host</th>");
        foreach (var column in columns)
            page.Append(CultureInfo.InvariantCulture, $"<th title=\"{Text(column.Meaning)}\">{Text(column.Header)}</th>");
        page.Append("</tr>\n");
        foreach (var result in cases)
        {
            foreach (var host in result.Hosts)
            {
                page.Append(host == result.Hosts[0] ? "<tr class=\"first\">" : "<tr>");
                page.Append(CultureInfo.InvariantCulture, $"<td class=\"name\">{Text(result.Scenario.Name)}</td><td>{result.Connections}</td><td class=\"name\">{Text(host.Host)}</td>");
                foreach (var column in columns)
                    page.Append(CultureInfo.InvariantCulture, $"<td class=\"{Text(column.Header)}\">{Text(column.Value(result, host))}</td>");
                page.Append("</tr>\n");
            }
        }

        page.Append("</table></section>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
