using Npgsql;

namespace Wallet.Service.Storage.Postgres;

/// <summary>How the service connects to PostgreSQL: what the connection string leaves open is set so that nothing waits without a bound.</summary>
internal static class PostgresConnection
{
    private const int ConnectTimeoutSeconds = 5;
    private const int CommandTimeoutSeconds = 10;
    private const int PreparedStatementsMax = 64;

    // A client that vanished in the middle of a transaction must not keep its locks, and no batch queues for ever behind one.
    private const string SessionSettings = "-c idle_in_transaction_session_timeout=15s -c lock_timeout=5s";

    public static NpgsqlDataSource CreateDataSource(string connectionString, ILoggerFactory loggers)
    {
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        var settings = builder.ConnectionStringBuilder;
        if (!settings.ContainsKey("Timeout"))
            settings.Timeout = ConnectTimeoutSeconds;
        if (!settings.ContainsKey("Command Timeout"))
            settings.CommandTimeout = CommandTimeoutSeconds;
        if (!settings.ContainsKey("Max Auto Prepare"))
            (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages) = (PreparedStatementsMax, 2);
        if (!settings.ContainsKey("Application Name"))
            settings.ApplicationName = "wallet";
        if (!settings.ContainsKey("Options"))
            settings.Options = SessionSettings;
        return builder.UseLoggerFactory(loggers).Build();
    }
}
