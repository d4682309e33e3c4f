using System.Globalization;
using DbUp;
using Npgsql;

namespace Wallet.Service.Storage.Postgres;

/// <summary>Runs the numbered scripts in <c>Migrations/</c>, in their order, each once and in a transaction of its own.</summary>
internal static class PostgresMigrations
{
    // Any number does that is no account's id: accounts are locked by their ids in the same space.
    private const long MigrationLock = -7_201_951_402_115_093;

    private const string ScriptPrefix = "Wallet.Service.Storage.Postgres.Migrations.";

    /// <summary>Brings the schema up to date, one copy of the service at a time.</summary>
    /// <exception cref="InvalidOperationException">A script failed, or the schema is newer than this version.</exception>
    public static async Task RunAsync(NpgsqlDataSource dataSource, string connectionString, ILogger logger, CancellationToken cancellationToken)
    {
        // The lock belongs to this connection and ends with it, even if the process dies. Waiting for another copy's migration may take long.
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var hold = new NpgsqlCommand(
            string.Create(CultureInfo.InvariantCulture, $"SET lock_timeout = 0; SELECT pg_advisory_lock({MigrationLock})"), connection);
        hold.CommandTimeout = 0;
        await hold.ExecuteNonQueryAsync(cancellationToken);
        try
        {
            await Task.Run(() => Run(connectionString, logger), cancellationToken);
        }
        finally
        {
            await using var release = new NpgsqlCommand(
                string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_unlock({MigrationLock}); RESET lock_timeout"), connection);
            await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private static void Run(string connectionString, ILogger logger)
    {
        var upgrader = DeployChanges.To
            .PostgresqlDatabase(connectionString)
            .WithScriptsEmbeddedInAssembly(typeof(PostgresMigrations).Assembly, name => name.StartsWith(ScriptPrefix, StringComparison.Ordinal))
            .JournalToPostgresqlTable(schema: null, "schema_versions")
            .WithTransactionPerScript()
            .LogTo(new MigrationLog(logger))
            .Build();
        MigrationRun.Perform(upgrader);
    }
}
