using Npgsql;

namespace Wallet.Service.Storage.Postgres;

/// <summary>
/// The latest timeline that a primary was on. Every promotion of a standby begins one with a higher number. A primary that hung or was cut off,
/// and was replaced meanwhile, still believes to be the primary when it comes back: by its timeline it is known, and not taken. Safe to use from any thread.
/// </summary>
internal sealed class PostgresTimeline
{
    // The name of the file that is being written to begins with the timeline. A standby writes to none.
    private const string Select =
        "SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END";

    private readonly Lock _lock = new();
    private int _latest;

    /// <summary>Checks a connection that was opened just now.</summary>
    /// <exception cref="NpgsqlException">Its server has been replaced.</exception>
    public async Task CheckAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Select, connection);
        Check(await command.ExecuteScalarAsync());
    }

    /// <inheritdoc cref="CheckAsync"/>
    public void Check(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(Select, connection);
        Check(command.ExecuteScalar());
    }

    private void Check(object? value)
    {
        if (value is not int timeline)
            return;
        lock (_lock)
        {
            if (timeline < _latest)
                throw new NpgsqlException($"This PostgreSQL is on timeline {timeline}, but the primary has been on {_latest}: it was replaced by another host.");
            _latest = timeline;
        }
    }
}
