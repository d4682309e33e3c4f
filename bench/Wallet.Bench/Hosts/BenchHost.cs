using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Wallet.Ledger;
using Wallet.Service;
using Wallet.Service.Http;
using Wallet.Service.Sessions;

namespace Wallet.Bench.Hosts;

/// <summary>
/// What the service is compared with, as a process of its own: on the same Kestrel, with the same sign-in and the same JSON, and with
/// nothing around it. No logs, no traces, no metrics but what it allocates.
/// </summary>
internal static class BenchHost
{
    public const string Echo = "echo";
    public const string Baseline = "baseline";

    /// <summary>Runs a host until it is told to stop.</summary>
    /// <param name="name"><see cref="Echo"/> or <see cref="Baseline"/>.</param>
    /// <param name="settings">Settings as the service takes them: <c>--urls</c>, <c>--ConnectionStrings:Redis</c>, <c>--ConnectionStrings:Wallet</c>.</param>
    public static async Task RunAsync(string name, string[] settings)
    {
        await using var app = Create(name, settings);
        await app.RunAsync();
    }

    /// <inheritdoc cref="RunAsync"/>
    public static WebApplication Create(string name, string[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = settings,
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
        builder.Services.ConfigureHttpJsonOptions(static json => WalletJson.Configure(json.SerializerOptions));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(builder.Configuration.GetSection(WalletOptions.Section).Get<WalletOptions>()!.ToCurrencyTable());
        builder.AddWalletAuthentication();
        if (name == Baseline)
            builder.Services.AddSingleton(provider => new BaselineLedger(builder.Configuration.GetConnectionString("Wallet")!, provider.GetRequiredService<CurrencyTable>()));

        var app = builder.Build();
        app.UseAuthorization();
        var v1 = app.MapGroup("/v1").RequireAuthorization(Scopes.Wallet);
        if (name == Baseline)
            v1.MapBaseline();
        else
            v1.MapEcho();
        app.MapGet("/health/ready", static () => TypedResults.Ok()).AllowAnonymous();
        app.MapGet("/metrics", static () => $"dotnet_gc_heap_total_allocated_bytes_total {GC.GetTotalAllocatedBytes()}\n").AllowAnonymous();
        return app;
    }
}
