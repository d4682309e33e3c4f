using Wallet.Service.Startup;

namespace Wallet.Service.Http;

/// <summary>Marks a call of the API.</summary>
internal sealed record ApiCall;

/// <summary>What holds for every call of the API: it needs the ledger, its query has no parameter that it does not take, and nobody else may keep its answer.</summary>
internal sealed class ApiCalls(RequestDelegate next, LedgerReadiness readiness)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<ApiCall>() is null)
            return next(context);

        context.Response.Headers.CacheControl = "no-store";
        if (!readiness.IsReady)
            return new ProblemResult(ProblemCatalog.DatabaseUnavailable).ExecuteAsync(context);
        if (context.Request.QueryString.HasValue && QueryReader.Of(context) is { HasErrors: true } query)
            return query.Problem.ExecuteAsync(context);
        return next(context);
    }
}
