using Wallet.Service.Accounts;
using Wallet.Service.Observability;
using Wallet.Service.OpenApi;
using Wallet.Service.Sessions;
using Wallet.Service.Transfers;

namespace Wallet.Service.Http;

/// <summary>The HTTP side put together.</summary>
internal static class HttpSetup
{
    public static void AddWalletHttp(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
        builder.AddHttpLimits();
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
            context.Response.Headers.XContentTypeOptions = "nosniff"; // and in a problem, since whoever handles a failure clears what was set before
            return next(context);
        });
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = static _ => Task.CompletedTask });
        app.UseMiddleware<BareStatus>();
        app.UseMiddleware<OneLength>();
        app.UseAuthorization();
        app.UseMiddleware<ApiCalls>();
        app.UseMiddleware<PlainBody>();
    }

    public static void MapWalletApi(this WebApplication app)
    {
        var v1 = app.MapGroup("/v1").RequireAuthorization(Scopes.Wallet).WithMetadata(new ApiCall());
        v1.MapTransfers();
        v1.MapAccounts();
        app.MapProblemPages();
        app.MapWalletOpenApi();
        app.MapGet("/", static () => TypedResults.Redirect("/docs")).AllowAnonymous().ExcludeFromDescription();
    }
}
