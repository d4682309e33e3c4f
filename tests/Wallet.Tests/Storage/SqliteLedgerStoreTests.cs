using System.Data.Common;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Sqlite;
using static Wallet.Tests.Storage.LedgerCommands;

namespace Wallet.Tests.Storage;

public sealed class SqliteLedgerStoreTests(SqliteLedger ledger) : LedgerStoreContract(ledger), IClassFixture<SqliteLedger>
{
    private readonly SqliteLedger _ledger = ledger;

    [Fact]
    public void A_commit_waits_for_the_disk()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("wallet.db"), []);
        using var database = SqliteDatabase.Open(folder.File("wallet.db"), isReadOnly: false);

        Assert.Equal("wal", Pragma(row => row.Text(0), "PRAGMA journal_mode"));
        Assert.Equal(2, Pragma(row => row.Long(0), "PRAGMA synchronous"));
        Assert.Equal(1, Pragma(row => row.Long(0), "PRAGMA fullfsync"));

        T Pragma<T>(Func<SqliteStatement, T> read, string pragma)
        {
            using var row = database.Use(pragma);
            Assert.True(row.Step());
            return read(row);
        }
    }

    [Fact]
    public void A_reader_cannot_write()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("wallet.db"), []);
        using var database = SqliteDatabase.Open(folder.File("wallet.db"), isReadOnly: true);

        Assert.Throws<SqliteErrorException>(() => database.Execute("CREATE TABLE t (c)"));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_files_are_nobody_elses()
    {
        using var folder = new TemporaryFolder();
        await using var store = new SqliteLedgerStore(folder.File("new/wallet.db"), LedgerFixture.Currencies, NullLoggerFactory.Instance);

        await store.MigrateAsync(Cancel);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.File("new")));
        foreach (var file in new[] { "new/wallet.db", "new/wallet.db-wal", "new/wallet.db-shm" })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File(file)));
    }

    [Fact]
    public async Task A_file_that_was_taken_away_is_not_made_again_empty()
    {
        using var folder = new TemporaryFolder();
        await using var store = new SqliteLedgerStore(folder.File("none/wallet.db"), LedgerFixture.Currencies, NullLoggerFactory.Instance);

        var failure = await Assert.ThrowsAsync<LedgerStoreException>(() => store.FindAccountAsync(1, Cancel));

        Assert.Equal(StoreFailure.Unavailable, failure.Failure);
        Assert.False(Directory.Exists(folder.File("none")));
    }

    [Theory]
    [InlineData("moved")]
    [InlineData("removed")]
    [InlineData("replaced")]
    public async Task What_would_be_written_to_a_file_that_is_no_longer_there_is_refused(string fate)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("wallet.db");
        await using var store = new SqliteLedgerStore(file, LedgerFixture.Currencies, NullLoggerFactory.Instance);
        await store.MigrateAsync(Cancel);
        var world = (await store.OpenAccountAsync(Opening("@world"), DateTime.UnixEpoch.AddYears(60), Cancel)).Account!;
        var user = (await store.OpenAccountAsync(Opening("user"), DateTime.UnixEpoch.AddYears(60), Cancel)).Account!;
        await store.CommitAsync([Pay(world, user, 5)], DateTime.UnixEpoch.AddYears(60), Cancel);
        if (fate == "replaced")
            File.Copy(file, file + ".copy");
        string[] log = ["", "-wal", "-shm"];
        foreach (var suffix in log)
            File.Move(file + suffix, file + suffix + ".away");
        if (fate == "replaced")
            File.Move(file + ".copy", file);

        var commit = await Assert.ThrowsAsync<LedgerStoreException>(() => store.CommitAsync([Pay(world, user, 1)], DateTime.UnixEpoch.AddYears(60), Cancel));
        Assert.Equal(StoreFailure.Unavailable, commit.Failure);
        if (fate != "replaced")
            Assert.Equal(StoreFailure.Unavailable, (await Assert.ThrowsAsync<LedgerStoreException>(() => store.FindAccountAsync(user.Id, Cancel))).Failure);
        if (fate != "moved")
            return;

        foreach (var suffix in log)
            File.Move(file + suffix + ".away", file + suffix);
        await store.CommitAsync([Pay(world, user, 1)], DateTime.UnixEpoch.AddYears(60), Cancel);
        Assert.Equal(6, (await store.FindAccountAsync(user.Id, Cancel))!.Balance);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_seen_as_it_is()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("wallet.db"), new string('x', 10_000), Cancel);
        await using var store = new SqliteLedgerStore(folder.File("wallet.db"), LedgerFixture.Currencies, NullLoggerFactory.Instance);

        Assert.Equal(StoreFailure.Damaged, (await Assert.ThrowsAsync<LedgerStoreException>(() => store.MigrateAsync(Cancel))).Failure);
    }

    [Fact]
    public async Task A_store_that_was_disposed_commits_nothing()
    {
        var payer = await OpenAsync(balance: 1);
        var payee = await OpenAsync();
        var store = _ledger.CreateStore(LedgerFixture.Currencies);
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.CommitAsync([Pay(payer, payee, 1)], DateTime.UnixEpoch.AddYears(60), Cancel));
    }

    [Fact]
    public async Task What_waits_to_be_written_or_read_while_a_store_is_disposed_is_done_or_refused()
    {
        for (var round = 0; round < 30; round++)
        {
            var payer = await OpenAsync(balance: 100);
            var payee = await OpenAsync();
            var store = _ledger.CreateStore(LedgerFixture.Currencies);
            var waiting = Enumerable.Range(0, 24).Select(i => Task.Run(
                () => i % 2 == 0 ? (Task)store.CommitAsync([Pay(payer, payee, 1)], DateTime.UnixEpoch.AddYears(60), Cancel) : store.FindAccountsAsync([payer.Id], Cancel),
                Cancel)).ToArray();
            await Task.WhenAny(waiting);

            await store.DisposeAsync();

            foreach (var work in waiting)
            {
                if (await Record.ExceptionAsync(() => work) is { } refusal)
                    Assert.IsType<ObjectDisposedException>(refusal);
            }
        }
    }

    [Theory]
    [InlineData("INSERT OR REPLACE INTO entries SELECT id, account_id, seq, previous, transfer_id, kind, 1000000, balance_after, counterparty_id, created_at, hash FROM entries WHERE account_id = {0}")]
    [InlineData("REPLACE INTO transfers SELECT * FROM transfers WHERE payee_id = {0}")]
    [InlineData("REPLACE INTO accounts SELECT * FROM accounts WHERE id = {0}")]
    public async Task The_database_refuses_to_replace_history(string sql)
    {
        var account = await OpenAsync(balance: 1);

        await Assert.ThrowsAnyAsync<DbException>(() => _ledger.ExecuteAsync(string.Format(null, sql, account.Id)));

        await LedgerAudit.CheckAsync(Store, [account.Id]);
    }

    [Theory]
    [InlineData(5, nameof(StoreFailure.Conflict))] // SQLITE_BUSY
    [InlineData(15, nameof(StoreFailure.Conflict))] // SQLITE_PROTOCOL
    [InlineData(8, nameof(StoreFailure.Unavailable))] // SQLITE_READONLY
    [InlineData(10, nameof(StoreFailure.Unavailable))] // SQLITE_IOERR
    [InlineData(13, nameof(StoreFailure.Unavailable))] // SQLITE_FULL
    [InlineData(14, nameof(StoreFailure.Unavailable))] // SQLITE_CANTOPEN
    [InlineData(11, nameof(StoreFailure.Damaged))] // SQLITE_CORRUPT
    [InlineData(19, null)] // SQLITE_CONSTRAINT
    [InlineData(26, nameof(StoreFailure.Damaged))] // SQLITE_NOTADB
    public void A_failure_tells_whether_to_try_again_at_once_or_later_or_not_at_all(int code, string? expected) =>
        Assert.Equal(expected, SqliteErrors.Translate(code, new InvalidOperationException())?.Failure.ToString());
}
