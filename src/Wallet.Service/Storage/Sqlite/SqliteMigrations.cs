using DbUp;
using Microsoft.Data.Sqlite;

namespace Wallet.Service.Storage.Sqlite;

/// <summary>Runs the scripts in <c>Migrations/</c> under a lock beside the file.</summary>
internal static class SqliteMigrations
{
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>Brings the schema up to date, one process at a time.</summary>
    /// <exception cref="StartupException">A script failed, or the schema is newer than this version.</exception>
    /// <exception cref="LedgerStoreException">The file cannot be used now.</exception>
    public static async Task RunAsync(string file, ILogger logger, CancellationToken cancellationToken)
    {
        await using var hold = await LockAsync(file + ".migration-lock", logger, cancellationToken);
        try
        {
            MigrationRun.Perform(DeployChanges.To.SqliteDatabase($"Data Source={file};Pooling=False").JournalToSqliteTable("schema_versions"), "Sqlite", logger);
        }
        catch (Exception e) when ((e as SqliteException ?? e.InnerException as SqliteException) is { } error
            && SqliteErrors.Translate(error.SqliteErrorCode, error) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>A file that one process has at a time. It is let go when the process ends, however it ends, and never removed: removing it could hand it to two.</summary>
    private static async Task<FileStream> LockAsync(string path, ILogger logger, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsHeldByAnother(e))
            {
                if (attempt == 0)
                    logger.WaitsForMigration(path);
                await Task.Delay(LockPoll, cancellationToken);
            }
        }
    }

    /// <summary>EWOULDBLOCK on Linux and macOS, ERROR_SHARING_VIOLATION on Windows.</summary>
    private static bool IsHeldByAnother(IOException exception) =>
        (exception.HResult & 0xFFFF) == (OperatingSystem.IsWindows() ? 32 : OperatingSystem.IsMacOS() ? 35 : 11);
}

internal static partial class SqliteMigrationLog
{
    [LoggerMessage(LogLevel.Information, "Another process migrates the database; waiting for {Path}")]
    public static partial void WaitsForMigration(this ILogger logger, string path);
}
