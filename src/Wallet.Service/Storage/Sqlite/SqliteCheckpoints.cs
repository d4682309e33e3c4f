namespace Wallet.Service.Storage.Sqlite;

/// <summary>
/// Brings what is in the write-ahead log into the file, beside the writer. A checkpoint that SQLite makes by itself is made by a commit, whose
/// callers wait until thousands of pages are written and on disk.
/// </summary>
/// <param name="file">The database file.</param>
/// <param name="writing">Whoever has it is the only one who writes.</param>
/// <param name="logger">Where failures are logged.</param>
internal sealed class SqliteCheckpoints(string file, SemaphoreSlim writing, ILogger logger) : IAsyncDisposable
{
    /// <summary>After so many pages of 4 kB a checkpoint begins. A page that was written more than once by then goes into the file once.</summary>
    public const int PagesPerCheckpoint = 8_192;

    private Task _running = Task.CompletedTask;
    private int _pages;

    /// <summary>So many pages were added to the log. To be called by whoever may write.</summary>
    public void Count(int pages)
    {
        _pages += pages;
        if (_pages < PagesPerCheckpoint || !_running.IsCompleted)
            return;
        _pages = 0;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Ends when no checkpoint runs any more. To be called by whoever may write, last.</summary>
    public async ValueTask DisposeAsync() => await _running;

    /// <summary>Most of the log while batches are written, and then the little that came meanwhile while none is: only a log that is in the file to its end begins anew.</summary>
    private async Task RunAsync()
    {
        try
        {
            using var database = SqliteDatabase.Open(file, isReadOnly: true);
            database.Checkpoint();
            await writing.WaitAsync();
            try
            {
                database.Checkpoint();
            }
            finally
            {
                writing.Release();
            }
        }
        catch (SqliteErrorException e)
        {
            logger.CheckpointFailed(e);
        }
    }
}

internal static partial class SqliteCheckpointLog
{
    [LoggerMessage(LogLevel.Warning, "SQLite's write-ahead log could not be brought into the file; it grows until it can")]
    public static partial void CheckpointFailed(this ILogger logger, Exception exception);
}
