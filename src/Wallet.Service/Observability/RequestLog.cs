namespace Wallet.Service.Observability;

/// <summary>One line for each request: what was asked and how it ended. No user, no query, no header: those are nobody's business but the client's.</summary>
internal sealed class RequestLog(RequestDelegate next, TimeProvider time, ILogger<RequestLog> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var began = time.GetTimestamp();
        var endpoint = context.GetEndpoint() as RouteEndpoint; // whoever handles a failure takes it away
        await next(context);
        if (IsProbe(context.Request.Path))
            return;

        var level = context.Response.StatusCode >= 500 ? LogLevel.Error : LogLevel.Information;
        if (logger.IsEnabled(level))
        {
            var route = endpoint?.RoutePattern.RawText ?? "unmatched";
            logger.Requested(level, context.Request.Method, route, context.Response.StatusCode, time.GetElapsedTime(began).TotalMilliseconds);
        }
    }

    /// <summary>Whether it is asked by machines, all the time.</summary>
    public static bool IsProbe(PathString path) => path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics");
}

internal static partial class RequestLogMessages
{
    [LoggerMessage("{Method} {Route} {Status} in {Milliseconds} ms")]
    public static partial void Requested(this ILogger logger, LogLevel level, string method, string route, int status, double milliseconds);
}
