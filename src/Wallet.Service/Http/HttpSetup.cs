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
        builder.Services.AddOptions<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>()
            .Configure<Microsoft.Extensions.Options.IOptions<WalletOptions>>(static (kestrel, wallet) =>
                kestrel.Limits.MaxRequestBodySize = wallet.Value.RequestBodyBytesMax);
        builder.Services.ConfigureHttpJsonOptions(static json => WalletJson.Configure(json.SerializerOptions));
        // Bad input comes to the failure handler with its cause, in every environment.
        builder.Services.Configure<RouteHandlerOptions>(static routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddExceptionHandler<FailureHandler>();
        builder.Services.AddSingleton<AccountDirectory>();
        builder.AddWalletOpenApi();
    }

    public static void UseWalletHttp(this WebApplication app)
    {
        app.UseMiddleware<RequestLog>();
        app.Use(static (context, next) =>
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        });
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = static _ => Task.CompletedTask });
        app.UseStatusCodePages(static context => ProblemOf(context.HttpContext).ExecuteAsync(context.HttpContext));
        app.UseAuthentication();
        app.UseAuthorization();
    }

    public static void MapWalletApi(this WebApplication app)
    {
        var v1 = app.MapGroup("/v1").RequireAuthorization(Scopes.Wallet).AddEndpointFilterFactory(static (_, next) => invocation =>
        {
            var readiness = invocation.HttpContext.RequestServices.GetRequiredService<LedgerReadiness>();
            if (!readiness.IsReady)
                return ValueTask.FromResult<object?>(new ProblemResult(ProblemCatalog.DatabaseUnavailable));
            var query = new QueryReader(invocation.HttpContext);
            return query.HasErrors ? ValueTask.FromResult<object?>(query.Problem) : next(invocation);
        });
        v1.MapTransfers();
        v1.MapAccounts();
        app.MapProblemPages();
        app.MapWalletOpenApi();
    }

    /// <summary>What the framework answers by itself, before any endpoint is reached.</summary>
    private static ProblemResult ProblemOf(HttpContext context) => new(context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => ProblemCatalog.NotFound,
        StatusCodes.Status405MethodNotAllowed => ProblemCatalog.MethodNotAllowed,
        StatusCodes.Status413PayloadTooLarge => ProblemCatalog.BodyTooLarge,
        StatusCodes.Status415UnsupportedMediaType => ProblemCatalog.UnsupportedMediaType,
        >= 500 => ProblemCatalog.InternalError,
        _ => ProblemCatalog.InvalidRequest,
    });
}
