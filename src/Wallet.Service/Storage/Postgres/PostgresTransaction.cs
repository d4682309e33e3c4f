using Npgsql;

namespace Wallet.Service.Storage.Postgres;

/// <summary>One transaction on a connection of its own. What was not committed is rolled back when it is disposed. Not thread-safe.</summary>
internal sealed class PostgresTransaction : IAsyncDisposable
{
    private static readonly TimeSpan SlotPatience = TimeSpan.FromSeconds(5);

    private readonly NpgsqlTransaction _transaction;
    private readonly SemaphoreSlim _slots;
    private Task? _commit;

    private PostgresTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction, SemaphoreSlim slots)
    {
        Connection = connection;
        _transaction = transaction;
        _slots = slots;
    }

    public NpgsqlConnection Connection { get; }

    /// <summary>Begins a transaction.</summary>
    /// <param name="source">Where to.</param>
    /// <param name="slots">How many there may be: those that wait for a standby must not take every connection from the readers.</param>
    /// <param name="cancellationToken">Gives up before it has begun.</param>
    /// <exception cref="LedgerStoreException">None of the slots became free (<see cref="StoreFailure.Unavailable"/>).</exception>
    public static async Task<PostgresTransaction> BeginAsync(NpgsqlDataSource source, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        if (!await slots.WaitAsync(SlotPatience, cancellationToken))
            throw new LedgerStoreException(StoreFailure.Unavailable, "Too many transactions wait for PostgreSQL.");
        NpgsqlConnection? connection = null;
        try
        {
            connection = await source.OpenConnectionAsync(cancellationToken);
            return new PostgresTransaction(connection, await connection.BeginTransactionAsync(cancellationToken), slots);
        }
        catch
        {
            slots.Release();
            if (connection is not null)
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

        _slots.Release();
    }
}
