using Npgsql;

namespace Wallet.Service.Storage.Postgres;

/// <summary>How the service connects to PostgreSQL: what the connection string leaves open is set so that nothing waits without a bound.</summary>
internal static class PostgresConnection
{
    // In metrics and traces the driver calls a data source by its name, or by its connection string where it has none.
    private const string SourceName = "wallet";

    // Of two values for one keyword the later counts, which is the operator's. A client that vanished in the middle of a transaction must
    // not keep its locks, no batch queues for ever behind one, and a server that is gone without a word is noticed. Every statement looks
    // rows up by their keys, however small a table still is: so plans are made once and kept, and one that reads a whole table is none. A session
    // has nothing that must be taken back before its next use: seven statements that PostgreSQL would have to read each time.
    private const string Bounds =
        "Timeout=5;Command Timeout=10;Tcp Keepalive=true;Tcp Keepalive Time=10;Tcp Keepalive Interval=5;Application Name=wallet;"
        + "Maximum Pool Size=32;Max Auto Prepare=64;Auto Prepare Min Usages=2;No Reset On Close=true;"
        + "Options=-c idle_in_transaction_session_timeout=15s -c lock_timeout=1s "
        + "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off;";

    // Of several hosts the one is meant that can be written to. The driver keeps what it found of each host; how long does not matter, since
    // the store makes it forget where none will do (PostgresLedgerStore), and until then there is no reason to ask again a host that is down.
    private const string BoundsOfSeveralHosts = "Target Session Attributes=read-write;Host Recheck Seconds=3600;";

    // An index over years of entries takes its time, and a script that was sent is not cancelled.
    private const string MigrationSettings = ";Pooling=false;Command Timeout=0;Options=";

    /// <summary>For the ledger's own work.</summary>
    /// <exception cref="StartupException">The connection string cannot be read.</exception>
    public static NpgsqlDataSource CreateDataSource(string connectionString, ILoggerFactory loggers)
    {
        try
        {
            var isOfSeveralHosts = new NpgsqlConnectionStringBuilder(connectionString).Host?.Contains(',', StringComparison.Ordinal) == true;
            var builder = new NpgsqlDataSourceBuilder((isOfSeveralHosts ? Bounds + BoundsOfSeveralHosts : Bounds) + connectionString) { Name = SourceName };
            if (isOfSeveralHosts)
            {
                var timeline = new PostgresTimeline();
                builder.UsePhysicalConnectionInitializer(timeline.Check, timeline.CheckAsync);
            }

            return builder.UseLoggerFactory(loggers).Build();
        }
        catch (ArgumentException e)
        {
            throw new StartupException($"ConnectionStrings:Wallet cannot be read: {e.Message}", e);
        }
    }

    /// <summary>For the scripts that change the schema.</summary>
    public static NpgsqlDataSource CreateMigrationDataSource(string connectionString, ILoggerFactory loggers) =>
        CreateDataSource(connectionString + MigrationSettings, loggers);
}
