using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Service.Startup;

/// <summary>
/// Makes the ledger ready: 1 migrates the database, 2 opens the system accounts, 3 in Development, the demonstration accounts. A database
/// that is away is waited for, so that the service may start before it; one that cannot be used stops the service.
/// </summary>
internal sealed class LedgerStartup(
    ILedgerStore store,
    CurrencyTable currencies,
    DemoAccounts demo,
    LedgerReadiness readiness,
    IHostEnvironment environment,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<LedgerStartup> logger) : BackgroundService
{
    private static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var delay = TimeSpan.FromMilliseconds(100);
        while (true)
        {
            try
            {
                // Off the thread that starts the host: an embedded database works synchronously.
                await Task.Run(() => PrepareAsync(stoppingToken), stoppingToken);
                readiness.SetReady();
                logger.LedgerReady(store.Name);
                return;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (LedgerStoreException e) when (e.Failure != StoreFailure.Damaged)
            {
                logger.DatabaseAway(e, delay);
                await Task.Delay(delay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, DelayMax.Ticks));
            }
            catch (Exception e)
            {
                logger.DatabaseUnusable(e);
                Environment.ExitCode = 1;
                lifetime.StopApplication();
                return;
            }
        }
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await store.MigrateAsync(cancellationToken);
        foreach (var currency in currencies.All)
            await SystemAccounts.OpenAsync(store, SystemAccounts.World, currency, time, cancellationToken);
        if (environment.IsDevelopment())
            await demo.SeedAsync(cancellationToken);
    }
}

internal static partial class StartupLog
{
    [LoggerMessage(LogLevel.Information, "The ledger is ready on {Database}")]
    public static partial void LedgerReady(this ILogger logger, string database);

    [LoggerMessage(LogLevel.Warning, "The database is away; it is tried again in {Delay}")]
    public static partial void DatabaseAway(this ILogger logger, Exception exception, TimeSpan delay);

    [LoggerMessage(LogLevel.Critical, "The database cannot be used; the service stops")]
    public static partial void DatabaseUnusable(this ILogger logger, Exception exception);
}
