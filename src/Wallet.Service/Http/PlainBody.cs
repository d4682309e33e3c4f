using System.Net.Mime;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;

namespace Wallet.Service.Http;

/// <summary>
/// Refuses a body that says it is compressed, or in another encoding than UTF-8, the one that JSON is exchanged in (RFC 8259, section 8.1). The framework
/// would read the first as it is, convert those encodings that it knows, and fail on the others and on a name in quotes.
/// </summary>
internal sealed class PlainBody(RequestDelegate next)
{
    private const string Plain = "identity";

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is null)
            return next(context); // no call that takes a body

        var headers = context.Request.Headers;
        if (headers.ContentEncoding is { Count: > 0 } coding && !(coding.Count == 1 && Plain.Equals(coding[0], StringComparison.OrdinalIgnoreCase)))
        {
            context.Response.Headers.AcceptEncoding = Plain;
            return new ProblemResult(ProblemCatalog.UnsupportedMediaType).ExecuteAsync(context);
        }

        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !type.Parameters.Any(static p => p.Name.Equals("charset", StringComparison.OrdinalIgnoreCase)))
            return next(context);
        if (!HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return new ProblemResult(ProblemCatalog.UnsupportedMediaType).ExecuteAsync(context);

        context.Request.ContentType = type.MediaType.Value ?? MediaTypeNames.Application.Json;
        return next(context);
    }
}
