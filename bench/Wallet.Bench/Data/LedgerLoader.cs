using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Wallet.Ledger;
using Wallet.Service;
using Wallet.Service.Startup;
using Wallet.Service.Storage;

namespace Wallet.Bench.Data;

/// <summary>
/// Fills an empty ledger with as many accounts as are asked for, past the commit queue, yet such that every check of the ledger passes: the
/// rows are those that the service would have written.
/// </summary>
internal static class LedgerLoader
{
    /// <summary>Migrates a PostgreSQL database and fills it. Nothing is changed where it fails before its last moment.</summary>
    /// <param name="connectionString">A role that owns the ledger's tables. A database on Citus cannot be loaded.</param>
    /// <param name="plan">What to fill it with.</param>
    /// <param name="progress">Is told from several threads.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LoadException">The ledger is not empty, or could not be filled.</exception>
    public static async Task LoadPostgresAsync(string connectionString, LoadPlan plan, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
    {
        plan.Check();
        var world = await PrepareAsync(BenchLedger.OnPostgres(connectionString), plan, cancellationToken);
        await PostgresLoad.RunAsync(connectionString, plan, world, progress, cancellationToken);
    }

    /// <summary>Makes or migrates a SQLite file and fills it. One that failed half way is of no more use.</summary>
    /// <inheritdoc cref="LoadPostgresAsync"/>
    public static async Task LoadSqliteAsync(string file, LoadPlan plan, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
    {
        plan.Check();
        var world = await PrepareAsync(BenchLedger.OnSqlite(file), plan, cancellationToken);
        await Task.Run(() => SqliteLoad.Run(file, plan, world, progress, cancellationToken), cancellationToken);
    }

    /// <summary>Lets the service bring its database up to date and open what it opens by itself.</summary>
    /// <returns>The world's account in the plan's currency.</returns>
    private static async Task<Account> PrepareAsync(WebApplication service, LoadPlan plan, CancellationToken cancellationToken)
    {
        await using (service)
        {
            var store = service.Services.GetRequiredService<ILedgerStore>();
            var currencies = service.Services.GetRequiredService<CurrencyTable>();
            if (currencies.Find(plan.Currency) is null)
                throw new LoadException($"The service does not keep {plan.Currency}.");
            try
            {
                await store.MigrateAsync(cancellationToken);
                Account? world = null;
                foreach (var currency in currencies.All)
                {
                    var account = await SystemAccounts.OpenAsync(store, SystemAccounts.World, currency, new StoppedClock(plan.Start), cancellationToken);
                    if (currency.Code == plan.Currency)
                        world = account;
                }

                return world!;
            }
            catch (Exception e) when (e is StartupException or LedgerStoreException)
            {
                throw new LoadException($"The ledger cannot be used: {e.Message}", e);
            }
        }
    }

    /// <summary>What is opened by the plan is opened when the plan says.</summary>
    private sealed class StoppedClock(DateTime now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
