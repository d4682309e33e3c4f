using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using Wallet.Service.Storage.Sqlite;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Storage;

public sealed class SqliteLedgerStoreTests(SqliteLedger ledger) : LedgerStoreContract(ledger), IClassFixture<SqliteLedger>
{
    [Fact]
    public void A_commit_waits_for_the_disk()
    {
        using var folder = new TemporaryFolder();
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
        using var database = SqliteDatabase.Open(folder.File("wallet.db"), isReadOnly: true);

        Assert.Throws<SqliteException>(() => database.Execute("CREATE TABLE t (c)"));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_folder_that_is_made_for_the_file_is_nobody_elses()
    {
        using var folder = new TemporaryFolder();
        await using var store = new SqliteLedgerStore(folder.File("new/wallet.db"), LedgerFixture.Currencies, NullLoggerFactory.Instance);

        await store.MigrateAsync(Cancel);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.File("new")));
    }
}
