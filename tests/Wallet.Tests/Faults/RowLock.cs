using Npgsql;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Faults;

/// <summary>The row of an account in PostgreSQL, locked by a session that is not the service's, until it is disposed.</summary>
internal sealed class RowLock : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _connection;

    private RowLock(NpgsqlDataSource source, NpgsqlConnection connection)
    {
        _source = source;
        _connection = connection;
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RowLock> TakeAsync(string database, TestUser user)
    {
        var source = NpgsqlDataSource.Create(database + ";Pooling=false");
        var connection = await source.OpenConnectionAsync(Cancel);
        await connection.BeginTransactionAsync(Cancel);
        await using var select = new NpgsqlCommand("SELECT balance FROM accounts WHERE id = $1 FOR UPDATE", connection) { Parameters = { new() { Value = user.AccountId } } };
        await select.ExecuteNonQueryAsync(Cancel);
        return new RowLock(source, connection);
    }

    /// <summary>Waits until another session of the database waits for a lock.</summary>
    public Task WhenSomebodyWaitsAsync() => Eventually.AssertAsync(async () =>
    {
        await using var waiting = _source.CreateCommand("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()");
        Assert.NotEqual(0L, await waiting.ExecuteScalarAsync(Cancel));
    });

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync(); // and so rolls back
        await _source.DisposeAsync();
    }
}
