using System.Globalization;
using DbUp;
using DbUp.Postgresql;
using Npgsql;

namespace Wallet.Service.Storage.Postgres;

/// <summary>Runs the scripts in <c>Migrations/</c> under a lock of the database.</summary>
internal static class PostgresMigrations
{
    // Any number does that is no account's id: accounts are locked by their ids in the same space.
    private const long MigrationLock = -7_201_951_402_115_093;

    /// <summary>Brings the schema up to date, one copy of the service at a time.</summary>
    /// <param name="connection">Holds the lock, which ends with it even if the process dies.</param>
    /// <param name="source">For the connections on which the scripts run.</param>
    /// <param name="logger">Gets what the scripts' runner says.</param>
    /// <param name="cancellationToken">Gives up before a script has begun.</param>
    /// <exception cref="StartupException">A script failed, or the schema is newer than this version.</exception>
    public static async Task RunAsync(NpgsqlConnection connection, NpgsqlDataSource source, ILogger logger, CancellationToken cancellationToken)
    {
        // Waiting for another copy's migration may take long.
        await using var hold = new NpgsqlCommand(
            string.Create(CultureInfo.InvariantCulture, $"SET lock_timeout = 0; SELECT pg_advisory_lock({MigrationLock})"), connection);
        hold.CommandTimeout = 0;
        await hold.ExecuteNonQueryAsync(cancellationToken);
        try
        {
            var database = DeployChanges.To.PostgresqlDatabase(new PostgresqlConnectionManager(source)).JournalToPostgresqlTable(schema: null, "schema_versions");
            await Task.Run(() => MigrationRun.Perform(database, "Postgres", logger), cancellationToken);
        }
        finally
        {
            await using var release = new NpgsqlCommand(
                string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_unlock({MigrationLock}); RESET lock_timeout"), connection);
            await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }
}
