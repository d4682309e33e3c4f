using DbUp;

namespace Wallet.Service.Storage.Sqlite;

/// <summary>Runs the scripts in <c>Migrations/</c> under a lock beside the file.</summary>
internal static class SqliteMigrations
{
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>Brings the schema up to date, one process at a time.</summary>
    /// <exception cref="InvalidOperationException">A script failed, or the schema is newer than this version.</exception>
    public static async Task RunAsync(string file, ILogger logger, CancellationToken cancellationToken)
    {
        await using var hold = await LockAsync(file + ".migration-lock", cancellationToken);
        MigrationRun.Perform(DeployChanges.To.SqliteDatabase($"Data Source={file};Pooling=False").JournalToSqliteTable("schema_versions"), "Sqlite", logger);
    }

    /// <summary>A file that one process has at a time. It is let go when the process ends, however it ends, and never removed: removing it could hand it to two.</summary>
    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(LockPoll, cancellationToken);
            }
        }
    }
}
