using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;

namespace Wallet.Service.Http;

/// <summary>The pages that the <c>type</c> of a problem leads to.</summary>
internal static partial class ProblemPages
{
    // Nothing but the page itself and its own style.
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapProblemPages(this IEndpointRouteBuilder app)
    {
        var pages = app.MapGroup("/problems").AllowAnonymous().ExcludeFromDescription();
        pages.MapGet("", static (HttpContext context) => Page(context, "Problems", Index()));
        pages.MapGet("/{code}", static IResult (string code, HttpContext context) =>
            ProblemCatalog.All.FirstOrDefault(p => p.Code == code) is { } type
                ? Page(context, type.Title, Section(type))
                : new ProblemResult(ProblemCatalog.NotFound));
    }

    private static IResult Page(HttpContext context, string title, string body)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        return Results.Content(
            $$"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{{HtmlEncoder.Default.Encode(title)}}</title>
            <style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark } dt { font-weight: 600 }</style>
            {{body}}
            </html>
            """,
            "text/html; charset=utf-8");
    }

    private static string Index()
    {
        var body = new StringBuilder("<h1>Problems</h1>\n<p>What an answer that is no success may say.</p>\n<ul>\n");
        foreach (var type in ProblemCatalog.All)
            body.Append($"<li>{type.Status} <a href=\"/problems/{type.Code}\"><code>{type.Code}</code></a>: {HtmlEncoder.Default.Encode(type.Title)}</li>\n");
        return body.Append("</ul>").ToString();
    }

    private static string Section(ProblemType type) =>
        $"""
        <h1>{HtmlEncoder.Default.Encode(type.Title)}</h1>
        <dl>
        <dt>Code</dt><dd><code>{type.Code}</code></dd>
        <dt>HTTP status</dt><dd>{type.Status}</dd>
        <dt>What happened</dt><dd>{Text(type.Meaning)}</dd>
        <dt>What to do</dt><dd>{Text(type.Remedy)}</dd>
        </dl>
        <p><a href="/problems">All problems</a></p>
        """;

    private static string Text(string text) => InlineCode().Replace(HtmlEncoder.Default.Encode(text), "<code>$1</code>");

    [GeneratedRegex("&#x60;(.*?)&#x60;")]
    private static partial Regex InlineCode();
}
