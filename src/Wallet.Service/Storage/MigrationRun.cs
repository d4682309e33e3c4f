using System.Reflection;
using DbUp.Builder;
using DbUp.Engine.Output;

namespace Wallet.Service.Storage;

/// <summary>Runs a store's numbered scripts, in their order, each once and in a transaction of its own.</summary>
internal static class MigrationRun
{
    private static readonly Assembly Scripts = typeof(MigrationRun).Assembly;

    /// <summary>Runs what is missing. The caller holds the lock that keeps other copies out.</summary>
    /// <param name="database">The database, and the table in which it keeps what it has run.</param>
    /// <param name="store">The folder under <c>Storage</c> whose scripts are meant.</param>
    /// <param name="logger">Gets DbUp's log lines.</param>
    /// <exception cref="StartupException">A script failed, or the schema is newer than this version.</exception>
    public static void Perform(UpgradeEngineBuilder database, string store, ILogger logger)
    {
        var prefix = $"{typeof(MigrationRun).Namespace}.{store}.Migrations.";
        var upgrader = database
            .WithScriptsEmbeddedInAssembly(Scripts, name => name.StartsWith(prefix, StringComparison.Ordinal))
            .WithVariablesDisabled() // "$name$" is how PostgreSQL quotes the body of a function
            .WithTransactionPerScript()
            .WithExecutionTimeout(TimeSpan.Zero)
            .LogTo(new MigrationLog(logger))
            .Build();

        var unknown = upgrader.GetExecutedButNotDiscoveredScripts();
        if (unknown.Count > 0)
        {
            throw new StartupException(
                $"The database has been migrated by a newer version of the service ({unknown[^1]}). Start that version, or restore a backup that this one made.");
        }

        var result = upgrader.PerformUpgrade();
        if (!result.Successful)
            throw new StartupException($"The migration {result.ErrorScript?.Name} failed: {result.Error.Message}", result.Error);
    }
}

/// <summary>DbUp's log lines in the service's log.</summary>
internal sealed class MigrationLog(ILogger logger) : IUpgradeLog
{
#pragma warning disable CA2254, CA1848 // The templates are DbUp's own; migrations are no hot path.
    public void LogTrace(string format, params object[] args) => logger.LogTrace(format, args);

    public void LogDebug(string format, params object[] args) => logger.LogDebug(format, args);

    public void LogInformation(string format, params object[] args) => logger.LogDebug(format, args);

    public void LogWarning(string format, params object[] args) => logger.LogWarning(format, args);

    public void LogError(string format, params object[] args) => logger.LogError(format, args);

    public void LogError(Exception ex, string format, params object[] args) => logger.LogError(ex, format, args);
#pragma warning restore CA2254, CA1848
}
