using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Wallet.Service.Storage;

namespace Wallet.Service.Http;

/// <summary>Turns what endpoints throw into problems. Bad input is the client's and is not logged; what nobody foresaw is logged, and the client gets its trace id alone.</summary>
internal sealed partial class FailureHandler(ILogger<FailureHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        await ProblemOf(httpContext, exception).ExecuteAsync(httpContext);
        return true;
    }

    private ProblemResult ProblemOf(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case BadHttpRequestException { StatusCode: not StatusCodes.Status400BadRequest } unreadable:
                return new ProblemResult(ProblemCatalog.ForStatus(unreadable.StatusCode));
            case BadHttpRequestException { InnerException: JsonException json }:
                return ProblemResult.Invalid(ProblemError.At(
                    Pointer(json.Path), "invalid", "This cannot be read: it is malformed, of the wrong type, unknown, or comes twice."));
            case BadHttpRequestException:
                return ProblemResult.Invalid(ProblemError.At("", "invalid", "A JSON object is expected."));
            case LedgerStoreException { Failure: StoreFailure.InDoubt }:
                logger.StoreFailed(exception, context.Request.Path);
                return new ProblemResult(ProblemCatalog.InDoubt);
            case LedgerStoreException { Failure: StoreFailure.Damaged }:
                logger.LedgerDamaged(exception, context.Request.Path);
                return new ProblemResult(ProblemCatalog.DatabaseUnavailable);
            case LedgerStoreException:
                logger.StoreFailed(exception, context.Request.Path);
                return new ProblemResult(ProblemCatalog.DatabaseUnavailable);
            default:
                logger.RequestFailed(exception, context.Request.Path);
                return new ProblemResult(ProblemCatalog.InternalError);
        }
    }

    /// <summary>A path as System.Text.Json gives it, <c>$.a[0]['b.c']</c>, as a JSON Pointer (RFC 6901): <c>/a/0/b.c</c>.</summary>
    private static string Pointer(string? path)
    {
        var pointer = new StringBuilder();
        foreach (Match segment in PathSegment().Matches(path ?? ""))
            pointer.Append('/').Append(segment.Groups["name"].Value.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal));
        return pointer.ToString();
    }

    [GeneratedRegex(@"\['(?<name>.*?)'\](?=$|[.\[])|\[(?<name>\d+)\]|\.(?<name>[^.\[]+)", RegexOptions.Singleline)]
    private static partial Regex PathSegment();
}

internal static partial class FailureLog
{
    [LoggerMessage(LogLevel.Warning, "The ledger's database failed at {Path}")]
    public static partial void StoreFailed(this ILogger logger, Exception exception, string path);

    [LoggerMessage(LogLevel.Error, "The ledger's database is damaged: seen at {Path}")]
    public static partial void LedgerDamaged(this ILogger logger, Exception exception, string path);

    [LoggerMessage(LogLevel.Error, "Unexpected failure at {Path}")]
    public static partial void RequestFailed(this ILogger logger, Exception exception, string path);
}
