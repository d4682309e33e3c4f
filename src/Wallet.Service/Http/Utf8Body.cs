using System.Net.Mime;
using Microsoft.Net.Http.Headers;

namespace Wallet.Service.Http;

/// <summary>
/// Refuses a body that says it is in another encoding than UTF-8, the one that JSON is exchanged in (RFC 8259, section 8.1). The framework
/// would convert those it knows, and fail on the others and on a name in quotes.
/// </summary>
internal sealed class Utf8Body(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !type.Parameters.Any(static p => p.Name.Equals("charset", StringComparison.OrdinalIgnoreCase)))
            return next(context);
        if (!HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return new ProblemResult(ProblemCatalog.UnsupportedMediaType).ExecuteAsync(context);

        context.Request.ContentType = type.MediaType.Value ?? MediaTypeNames.Application.Json;
        return next(context);
    }
}
