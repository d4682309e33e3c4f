using System.Data.Common;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Wallet.Ledger;
using Wallet.Service;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Postgres;
using static Wallet.Tests.Storage.LedgerCommands;

namespace Wallet.Tests.Storage;

public sealed class PostgresLedgerStoreTests(PostgresLedger ledger) : LedgerStoreContract(ledger), IClassFixture<PostgresLedger>
{
    private readonly PostgresLedger _ledger = ledger;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_plan_made_on_a_row_that_has_moved_is_noticed_and_not_written(bool hasNewEntry)
    {
        var payer = await OpenAsync(balance: 10);
        var payee = await OpenAsync();
        var stale = new BatchPlanner(LedgerFixture.Currencies).Plan(
            new LedgerSnapshot([await FindAsync(payer), await FindAsync(payee)], []), [Pay(payer, payee, 8)], DateTime.UnixEpoch.AddYears(60));
        if (hasNewEntry)
            await Store.CommitAsync([Pay(payer, payee, 5)], DateTime.UnixEpoch.AddYears(60), Cancel);
        else
            await _ledger.ExecuteAsync($"UPDATE accounts SET held = 5, version = version + 1 WHERE id = {payer.Id}");

        await using var source = NpgsqlDataSource.Create(_ledger.ConnectionString);
        await using var connection = await source.OpenConnectionAsync(Cancel);
        await using (await connection.BeginTransactionAsync(Cancel))
        {
            var failure = await Record.ExceptionAsync(() => PostgresBatchWrites.WriteAsync(connection, stale, locks: null, Cancel));
            Assert.Equal(StoreFailure.Conflict, PostgresErrors.Translate(failure!)?.Failure);
        }

        Assert.Equal(5, (await FindAsync(payer)).Available);
        await LedgerAudit.CheckAsync(Store, [payer.Id, payee.Id]);
    }

    [Fact]
    public async Task A_plan_that_builds_on_one_which_failed_is_noticed_although_the_version_fits()
    {
        var payer = await OpenAsync(balance: 10);
        var payee = await OpenAsync();
        var planner = new BatchPlanner(LedgerFixture.Currencies);
        var now = DateTime.UnixEpoch.AddYears(60);
        var failed = planner.Plan(new LedgerSnapshot([await FindAsync(payer), await FindAsync(payee)], []), [Pay(payer, payee, 8)], now);
        var onFailed = planner.Plan(new LedgerSnapshot([.. failed.Changes.Select(c => c.After)], []), [Pay(payer, payee, 1)], now);
        await Store.CommitAsync([Pay(payer, payee, 2)], now, Cancel);

        await using var source = NpgsqlDataSource.Create(_ledger.ConnectionString);
        await using var connection = await source.OpenConnectionAsync(Cancel);
        await using (await connection.BeginTransactionAsync(Cancel))
        {
            var failure = await Record.ExceptionAsync(() => PostgresBatchWrites.WriteAsync(connection, onFailed, locks: null, Cancel));
            Assert.Equal(StoreFailure.Conflict, PostgresErrors.Translate(failure!)?.Failure);
        }

        Assert.Equal((await FindAsync(payer)).Version, onFailed.Changes.Single(c => c.Before.Id == payer.Id).Before.Version);
        await LedgerAudit.CheckAsync(Store, [payer.Id, payee.Id]);
    }

    [Theory]
    [InlineData("serializable")]
    [InlineData("repeatable read")]
    public async Task Another_isolation_level_as_the_database_default_does_no_harm(string level)
    {
        await using var empty = (PostgresLedger)await _ledger.CreateEmptyAsync();
        await empty.ExecuteAsync($"ALTER DATABASE {DatabaseOf(empty)} SET default_transaction_isolation = '{level}'");
        await empty.InitializeAsync();

        await new PostgresLedgerStoreTests(empty).Two_stores_that_pay_in_both_directions_at_once_get_along();
    }

    [Theory]
    [InlineData("TRUNCATE entries")]
    [InlineData("TRUNCATE transfers")]
    [InlineData("TRUNCATE accounts")]
    public async Task The_database_refuses_to_empty_a_table(string sql) => await Assert.ThrowsAnyAsync<DbException>(() => _ledger.ExecuteAsync(sql));

    [Fact]
    public async Task A_database_whose_commits_do_not_wait_for_the_disk_is_refused()
    {
        await using var empty = (PostgresLedger)await _ledger.CreateEmptyAsync();
        await empty.ExecuteAsync($"ALTER DATABASE {DatabaseOf(empty)} SET synchronous_commit = off");
        await using var store = empty.CreateStore(LedgerFixture.Currencies);

        var refusal = await Assert.ThrowsAsync<StartupException>(() => store.MigrateAsync(Cancel));

        Assert.Contains("synchronous_commit = off", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lock_timeout", "1s")]
    [InlineData("idle_in_transaction_session_timeout", "15s")]
    [InlineData("plan_cache_mode", "force_generic_plan")]
    [InlineData("enable_seqscan", "off")]
    [InlineData("application_name", "wallet")]
    public async Task What_the_connection_string_leaves_open_has_a_bound(string setting, string expected)
    {
        await using var source = PostgresConnection.CreateDataSource(_ledger.ConnectionString, NullLoggerFactory.Instance);
        await using var show = source.CreateCommand($"SHOW {setting}");

        Assert.Equal(expected, await show.ExecuteScalarAsync(Cancel));
        await using var connection = source.CreateConnection();
        Assert.Equal((5, 10), (connection.ConnectionTimeout, connection.CommandTimeout));
    }

    [Fact]
    public async Task What_the_connection_string_says_counts()
    {
        await using var source = PostgresConnection.CreateDataSource(
            _ledger.ConnectionString + ";Command Timeout=77;Options=-c lock_timeout=3s", NullLoggerFactory.Instance);
        await using var connection = await source.OpenConnectionAsync(Cancel);
        await using var show = new NpgsqlCommand("SHOW lock_timeout", connection);

        Assert.Equal(77, connection.CommandTimeout);
        Assert.Equal("3s", await show.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public void A_connection_string_that_cannot_be_read_is_refused_by_its_setting() => Assert.Contains(
        "ConnectionStrings:Wallet",
        Assert.Throws<StartupException>(() => PostgresConnection.CreateDataSource("Host=x;Nonsense=1", NullLoggerFactory.Instance)).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task A_read_only_database_fails_the_check_and_refuses_commits_as_unavailable()
    {
        await using var readOnly = new PostgresLedgerStore(
            _ledger.ConnectionString + ";Options=-c default_transaction_read_only=on", LedgerFixture.Currencies, snapshotsMax: 1_000, NullLoggerFactory.Instance);
        var payer = await OpenAsync(balance: 1);
        var payee = await OpenAsync();

        var check = await Assert.ThrowsAsync<LedgerStoreException>(() => readOnly.CheckAsync(Cancel));
        var commit = await Assert.ThrowsAsync<LedgerStoreException>(() => readOnly.CommitAsync([Pay(payer, payee, 1)], DateTime.UnixEpoch.AddYears(60), Cancel));

        Assert.Equal((StoreFailure.Unavailable, StoreFailure.Unavailable), (check.Failure, commit.Failure));
    }

    [Theory]
    [InlineData("40001", nameof(StoreFailure.Conflict))] // serialization_failure
    [InlineData("40P01", nameof(StoreFailure.Conflict))] // deadlock_detected
    [InlineData("55P03", nameof(StoreFailure.Conflict))] // lock_not_available
    [InlineData("08006", nameof(StoreFailure.Unavailable))] // connection_failure
    [InlineData("25006", nameof(StoreFailure.Unavailable))] // read_only_sql_transaction
    [InlineData("28P01", nameof(StoreFailure.Unavailable))] // invalid_password
    [InlineData("3D000", nameof(StoreFailure.Unavailable))] // invalid_catalog_name
    [InlineData("53100", nameof(StoreFailure.Unavailable))] // disk_full
    [InlineData("53300", nameof(StoreFailure.Unavailable))] // too_many_connections
    [InlineData("57014", nameof(StoreFailure.Unavailable))] // query_canceled
    [InlineData("57P01", nameof(StoreFailure.Unavailable))] // admin_shutdown
    [InlineData("57P03", nameof(StoreFailure.Unavailable))] // cannot_connect_now
    [InlineData("58030", nameof(StoreFailure.Unavailable))] // io_error
    [InlineData("XX001", nameof(StoreFailure.Damaged))] // data_corrupted
    [InlineData("XX002", nameof(StoreFailure.Damaged))] // index_corrupted
    public void A_failure_of_the_server_tells_whether_to_try_again_at_once_or_later(string sqlState, string expected) =>
        Assert.Equal(expected, PostgresErrors.Translate(new PostgresException("failed", "ERROR", "ERROR", sqlState))?.Failure.ToString());

    [Theory]
    [InlineData("22003")] // numeric_value_out_of_range
    [InlineData("23514")] // check_violation
    [InlineData("42P01")] // undefined_table
    public void A_failure_that_nobody_foresaw_is_not_hidden(string sqlState) =>
        Assert.Null(PostgresErrors.Translate(new PostgresException("failed", "ERROR", "ERROR", sqlState)));

    [Theory]
    [InlineData("57P01", true)] // admin_shutdown
    [InlineData("25006", true)] // read_only_sql_transaction
    [InlineData("53300", true)] // too_many_connections
    [InlineData("57014", false)] // query_canceled
    [InlineData("23505", false)] // unique_violation
    [InlineData("42601", false)] // syntax_error
    public void A_migration_that_was_cut_off_is_tried_again_and_one_that_cannot_work_is_not(string sqlState, bool isTriedAgain) => Assert.Equal(
        isTriedAgain, PostgresErrors.Translate(new StartupException("failed", new PostgresException("failed", "ERROR", "ERROR", sqlState))) is not null);

    private static string DatabaseOf(PostgresLedger ledger) => new NpgsqlConnectionStringBuilder(ledger.ConnectionString).Database!;
}
