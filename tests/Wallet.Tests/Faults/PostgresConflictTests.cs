using Npgsql;
using Wallet.Tests.Servers;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Faults;

/// <summary>PostgreSQL ends a transaction so that another may go on (40P01, 40001): nobody outside sees it.</summary>
public sealed class PostgresConflictTests(TestRedis redis, TestPostgres postgres) : IAsyncLifetime
{
    private NpgsqlDataSource _source = null!;
    private WalletHost _host = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var database = await postgres.CreateDatabaseAsync();
        _source = NpgsqlDataSource.Create(database);
        // With no limit on the wait for a lock, nothing but the detection of deadlocks can end one.
        _host = await WalletHost.StartAsync(redis, PostgresWallet.SettingsFor(database + ";Options=-c lock_timeout=0 -c deadlock_timeout=500ms"));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _source.DisposeAsync();
    }

    [Fact]
    public async Task A_transfer_that_PostgreSQL_gave_up_for_a_deadlock_is_tried_again_and_posted_once()
    {
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();
        await using var other = await _source.OpenConnectionAsync(Cancel);
        await ExecuteAsync("SET deadlock_timeout = '60s'", other); // the service finds it, and gives way

        await using var locking = await other.BeginTransactionAsync(Cancel);
        await ExecuteAsync($"SELECT pg_advisory_xact_lock({payee.AccountId})", other);
        var sent = payer.SendAsync(payee, 10, key: "k");
        await Eventually.AssertAsync(async () => Assert.Equal(1, await CountAsync("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")));
        await ExecuteAsync($"SELECT pg_advisory_xact_lock({payer.AccountId})", other);
        await locking.CommitAsync(Cancel);

        (await sent).AssertStatus(201);
        var again = await payer.SendAsync(payee, 10, key: "k");
        Assert.Equal("true", again.Header("Idempotent-Replayed"));
        Assert.Equal((90, 10), (await payer.BalanceAsync(), await payee.BalanceAsync()));
    }

    [Fact]
    public async Task Transfers_that_fail_to_serialize_now_and_then_are_tried_again_and_posted_once()
    {
        await ExecuteAsync(
            """
            CREATE SEQUENCE attempts;
            CREATE FUNCTION fail_every_third() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF nextval('attempts') % 3 = 0 THEN
                    RAISE EXCEPTION 'could not serialize access' USING ERRCODE = 'serialization_failure';
                END IF;
                RETURN NULL;
            END $$;
            """);
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();
        await ExecuteAsync("CREATE TRIGGER entries_fail BEFORE INSERT ON entries FOR EACH STATEMENT EXECUTE FUNCTION fail_every_third()");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            for (var i = 0; i < 5; i++)
                (await payer.SendAsync(payee, 1, key: $"{client}-{i}")).AssertStatus(201);
        }));

        Assert.True(await CountAsync("SELECT last_value FROM attempts") >= 3);
        Assert.Equal((60, 40), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        await LedgerAudit.CheckAsync(_host.Store, [payer.AccountId, payee.AccountId]);
    }

    private async Task ExecuteAsync(string sql, NpgsqlConnection? connection = null)
    {
        await using var command = connection is null ? _source.CreateCommand() : connection.CreateCommand();
#pragma warning disable CA2100 // The statements are the tests' own.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private async Task<long> CountAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
