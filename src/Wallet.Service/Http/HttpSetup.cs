using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Wallet.Service.Accounts;
using Wallet.Service.Observability;
using Wallet.Service.OpenApi;
using Wallet.Service.Sessions;
using Wallet.Service.Startup;
using Wallet.Service.Transfers;

namespace Wallet.Service.Http;

/// <summary>The HTTP side put together.</summary>
internal static class HttpSetup
{
    public static void AddWalletHttp(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<WalletOptions>>(static (kestrel, wallet) =>
            kestrel.Limits.MaxRequestBodySize = wallet.Value.RequestBodyBytesMax);
        builder.Services.ConfigureHttpJsonOptions(static json => WalletJson.Configure(json.SerializerOptions));
        // Bad input comes to the failure handler with its cause, in every environment.
        builder.Services.Configure<RouteHandlerOptions>(static routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddExceptionHandler<FailureHandler>();
        builder.Services.AddSingleton<AccountReader>();
        builder.Services.AddSingleton<AccountDirectory>();
        builder.Services.AddSingleton<HistoryReader>();
        builder.AddWalletOpenApi();
    }

    public static void UseWalletHttp(this WebApplication app)
    {
        app.UseMiddleware<RequestLog>();
        app.Use(static (context, next) =>
        {
            // At the last moment: whoever handles a failure clears what was set before.
            context.Response.OnStarting(static response =>
            {
                ((HttpResponse)response).Headers.XContentTypeOptions = "nosniff";
                return Task.CompletedTask;
            }, context.Response);
            return next(context);
        });
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = static _ => Task.CompletedTask });
        app.UseStatusCodePages(static context =>
            new ProblemResult(ProblemCatalog.ForStatus(context.HttpContext.Response.StatusCode)).ExecuteAsync(context.HttpContext));
        app.UseAuthorization();
        app.UseMiddleware<Utf8Body>();
    }

    public static void MapWalletApi(this WebApplication app)
    {
        var v1 = app.MapGroup("/v1").RequireAuthorization(Scopes.Wallet).AddEndpointFilter(CheckFirstAsync);
        v1.MapTransfers();
        v1.MapAccounts();
        app.MapProblemPages();
        app.MapWalletOpenApi();
        app.MapGet("/", static () => TypedResults.Redirect("/docs")).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>What holds for every call: it needs the ledger, its query has no parameter that it does not take, and nobody else may keep its answer.</summary>
    private static async ValueTask<object?> CheckFirstAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        context.Response.Headers.CacheControl = "no-store";
        if (!context.RequestServices.GetRequiredService<LedgerReadiness>().IsReady)
            return new ProblemResult(ProblemCatalog.DatabaseUnavailable);
        var query = QueryReader.Of(context);
        return query.HasErrors ? query.Problem : await next(invocation);
    }
}
