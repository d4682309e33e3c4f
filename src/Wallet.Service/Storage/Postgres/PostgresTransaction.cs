using Npgsql;

namespace Wallet.Service.Storage.Postgres;

/// <summary>One transaction on a connection of its own. What was not committed is rolled back when it is disposed. Not thread-safe.</summary>
internal sealed class PostgresTransaction : IAsyncDisposable
{
    private readonly NpgsqlTransaction _transaction;
    private Task? _commit;

    private PostgresTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        Connection = connection;
        _transaction = transaction;
    }

    public NpgsqlConnection Connection { get; }

    public static async Task<PostgresTransaction> BeginAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            return new PostgresTransaction(connection, await connection.BeginTransactionAsync(cancellationToken));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Commits, and waits as long as for any command. A COMMIT is never cancelled: with a synchronous standby that is away, PostgreSQL
    /// answers a cancelled one with success although the standby has nothing, and a failover would lose what was acknowledged. Whoever
    /// stops waiting leaves the connection to the COMMIT, which keeps the locks, so that nobody else decides on what it may yet change.
    /// </summary>
    /// <exception cref="LedgerStoreException">No answer came, or one that says it failed: <see cref="StoreFailure.InDoubt"/>.</exception>
    public async Task CommitAsync()
    {
        var patience = Connection.CommandTimeout == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(Connection.CommandTimeout);
        _commit = SendAsync();
        try
        {
            await _commit.WaitAsync(patience);
        }
        catch (Exception e)
        {
            throw new LedgerStoreException(StoreFailure.InDoubt, "PostgreSQL did not confirm the commit.", e);
        }

        async Task SendAsync()
        {
            await using var commit = new NpgsqlCommand("COMMIT", Connection, _transaction) { CommandTimeout = 0 };
            await commit.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Never throws, and never waits for a COMMIT that has no answer yet: how the transaction ended has been said already.</summary>
    public ValueTask DisposeAsync()
    {
        if (_commit is null or { IsCompleted: true })
            return EndAsync();
        _ = _commit.ContinueWith(_ => EndAsync().AsTask(), TaskScheduler.Default);
        return ValueTask.CompletedTask;
    }

    private async ValueTask EndAsync()
    {
        try
        {
            await _transaction.DisposeAsync();
        }
        catch (Exception)
        {
            // The connection is gone, and the server rolls back by itself.
        }

        try
        {
            await Connection.DisposeAsync();
        }
        catch (Exception)
        {
            // It was not worth keeping.
        }
    }
}
