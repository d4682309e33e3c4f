using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Wallet.Ledger;
using Wallet.Service.Commit;
using Wallet.Service.Http;
using Wallet.Service.Observability;
using Wallet.Service.Sessions;
using Wallet.Service.Startup;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Postgres;
using Wallet.Service.Storage.Sqlite;

namespace Wallet.Service;

/// <summary>The service put together.</summary>
internal static class WalletApp
{
    private const string DefaultAddress = "http://localhost:8000";
    private static readonly TimeSpan StopMargin = TimeSpan.FromSeconds(10);

    /// <summary>Makes the service, ready to run.</summary>
    /// <param name="args">Settings as command-line arguments, <c>--Wallet:SqliteFile=…</c>.</param>
    /// <param name="configure">Changes to the settings and services, for a host inside another program.</param>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = CreateBuilder(args);
        if (!HasAddress(builder.Configuration))
            builder.WebHost.UseUrls(DefaultAddress);
        configure?.Invoke(builder);

        builder.AddWalletLedger();
        builder.AddWalletAuthentication();
        builder.AddWalletObservability();
        builder.AddWalletHttp();

        var app = builder.Build();
        app.UseWalletHttp();
        app.MapWalletApi();
        app.MapWalletHealth();
        app.MapWalletMetrics();
        return app;
    }

    /// <summary>Brings the database up to date and ends.</summary>
    public static async Task MigrateAsync(string[] args)
    {
        var builder = CreateBuilder(args);
        builder.AddWalletLedger();
        builder.AddWalletLogging();
        await using var app = builder.Build();
        await app.Services.GetRequiredService<ILedgerStore>().MigrateAsync(CancellationToken.None);
    }

    private static WebApplicationBuilder CreateBuilder(string[] args) => WebApplication.CreateBuilder(new WebApplicationOptions
    {
        Args = args,
        // The settings lie beside the program, from wherever it is started.
        ContentRootPath = AppContext.BaseDirectory,
    });

    private static void AddWalletLedger(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<WalletOptions>().BindConfiguration(WalletOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WalletOptions>, WalletOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        // Whoever waits when the service stops is answered first, and no answer takes longer than this.
        services.AddOptions<HostOptions>().Configure<IOptions<WalletOptions>>(static (host, wallet) =>
            host.ShutdownTimeout = wallet.Value.Commit.AnswerTimeout + StopMargin);
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<WalletOptions>>().Value.ToCurrencyTable());
        services.TryAddSingleton(CreateStore);
        services.AddSingleton<CommitMetrics>();
        services.AddSingleton<CommitQueue>();
        services.AddSingleton<LedgerReadiness>();
        services.AddSingleton<DemoAccounts>();
        // The worker first: it must still run while everything after it stops.
        services.AddHostedService<CommitWorker>();
        services.AddHostedService<LedgerStartup>();
    }

    /// <summary>PostgreSQL where it is configured, else the embedded file.</summary>
    private static ILedgerStore CreateStore(IServiceProvider provider)
    {
        var currencies = provider.GetRequiredService<CurrencyTable>();
        var loggers = provider.GetRequiredService<ILoggerFactory>();
        var options = provider.GetRequiredService<IOptions<WalletOptions>>().Value;
        return provider.GetRequiredService<IConfiguration>().GetConnectionString("Wallet") is { Length: > 0 } connectionString
            ? new PostgresLedgerStore(connectionString, currencies, options.Commit.SnapshotsMax, loggers)
            : new SqliteLedgerStore(options.SqliteFile, currencies, loggers);
    }

    private static bool HasAddress(ConfigurationManager configuration) =>
        configuration["urls"] is { Length: > 0 } || configuration["http_ports"] is { Length: > 0 } ||
        configuration["https_ports"] is { Length: > 0 } || configuration.GetSection("Kestrel:Endpoints").Exists();
}
