using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Wallet.Service.Http;

/// <summary>
/// Refuses a request whose length a proxy in front may have read otherwise than this server: a <c>Transfer-Encoding</c> beside a <c>Content-Length</c>, in HTTP/1.0,
/// or with more than <c>chunked</c> in it (RFC 9112, section 6.3). What the one takes for a body would be the next request to the other, with somebody else's token. And says that the connection ends where the end of a body is
/// not waited for.
/// </summary>
internal sealed class OneLength(RequestDelegate next, IOptions<WalletOptions> options)
{
    // Where Kestrel puts the length that it passes over.
    private const string PassedOver = "X-Content-Length";

    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.TransferEncoding.Count > 0 || request.ContentLength > options.Value.RequestBodyBytesMax)
            context.Response.OnStarting(EndIfUnreadAsync, context);
        if (request.Headers.TransferEncoding is not { Count: > 0 } coding || (IsChunked(coding) && HttpProtocol.IsHttp11(request.Protocol) && !request.Headers.ContainsKey(PassedOver)))
            return next(context);

        return new ProblemResult(ProblemCatalog.InvalidRequest).ExecuteAsync(context);
    }

    /// <summary>After an answer that needed no body the web server reads on to the body's end, and hangs up where that is too far away. A client need not find that out by itself.</summary>
    private static Task EndIfUnreadAsync(object state)
    {
        var context = (HttpContext)state;
        if (context.Response.StatusCode >= StatusCodes.Status400BadRequest || context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>() is null)
            context.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }

    private static bool IsChunked(StringValues coding) => coding.Count == 1 && string.Equals(coding[0], "chunked", StringComparison.OrdinalIgnoreCase);
}
