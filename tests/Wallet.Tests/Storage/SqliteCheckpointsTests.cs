using Microsoft.Extensions.Logging.Abstractions;
using Wallet.Service.Storage.Sqlite;

namespace Wallet.Tests.Storage;

public sealed class SqliteCheckpointsTests : IDisposable
{
    private const int PageSize = 4_096;

    private readonly TemporaryFolder _folder = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly SqliteCheckpoints _checkpoints;
    private readonly SqliteDatabase _writer;

    public SqliteCheckpointsTests()
    {
        var file = _folder.File("wallet.db");
        File.WriteAllBytes(file, []);
        _checkpoints = new SqliteCheckpoints(file, _writing, NullLogger.Instance);
        _writer = SqliteDatabase.Open(file, isReadOnly: false);
        _writer.Execute("CREATE TABLE pages (content BLOB)");
    }

    [Fact]
    public async Task What_is_in_the_log_goes_into_the_file_and_the_log_begins_anew()
    {
        Write(SqliteCheckpoints.PagesPerCheckpoint);
        var logged = new FileInfo(_folder.File("wallet.db-wal")).Length;
        Assert.True(logged > SqliteCheckpoints.PagesPerCheckpoint * PageSize);

        _checkpoints.Count(_writer.TakePagesWritten());
        await _checkpoints.DisposeAsync();
        Assert.True(new FileInfo(_folder.File("wallet.db")).Length > SqliteCheckpoints.PagesPerCheckpoint * PageSize);

        Write(SqliteCheckpoints.PagesPerCheckpoint / 2);
        Assert.Equal(logged, new FileInfo(_folder.File("wallet.db-wal")).Length);
    }

    [Fact]
    public async Task A_batch_that_comes_meanwhile_is_in_the_file_as_well()
    {
        await _writing.WaitAsync(TestContext.Current.CancellationToken);
        Write(SqliteCheckpoints.PagesPerCheckpoint);
        _checkpoints.Count(_writer.TakePagesWritten());
        Write(100);
        _writing.Release();
        await _checkpoints.DisposeAsync();

        var logged = new FileInfo(_folder.File("wallet.db-wal")).Length;
        Write(100);
        Assert.Equal(logged, new FileInfo(_folder.File("wallet.db-wal")).Length);
    }

    [Fact]
    public async Task Few_pages_begin_no_checkpoint()
    {
        var before = new FileInfo(_folder.File("wallet.db")).Length;
        Write(100);

        _checkpoints.Count(_writer.TakePagesWritten());
        await _checkpoints.DisposeAsync();

        Assert.Equal(before, new FileInfo(_folder.File("wallet.db")).Length);
    }

    public void Dispose()
    {
        _writer.Dispose();
        _writing.Dispose();
        _folder.Dispose();
    }

    private void Write(int pages)
    {
        _writer.Execute("BEGIN IMMEDIATE");
        for (var i = 0; i < pages; i++)
        {
            using var insert = _writer.Use("INSERT INTO pages (content) VALUES (zeroblob(?))");
            insert.Bind(PageSize - 100);
            insert.Run();
        }

        _writer.Execute("COMMIT");
    }
}
