using Npgsql;
using Wallet.Bench.Measuring;
using Wallet.Servers;

namespace Wallet.Bench.Batch;

/// <summary>What a run brought about and what it cost.</summary>
/// <param name="Run">What was done.</param>
/// <param name="ClientCpu">The CPU time of who asked: this process, or pgbench.</param>
/// <param name="PostgresCpu">The CPU time of PostgreSQL.</param>
/// <param name="WalBytes">What PostgreSQL wrote to its log.</param>
internal readonly record struct BatchSample(ContenderRun Run, TimeSpan ClientCpu, TimeSpan PostgresCpu, long WalBytes)
{
    public double ClientMicroseconds => ClientCpu.TotalMicroseconds / Run.Transfers;

    public double PostgresMicroseconds => PostgresCpu.TotalMicroseconds / Run.Transfers;

    public double WalBytesEach => (double)WalBytes / Run.Transfers;
}

/// <summary>Measures runs on one server. Not thread-safe.</summary>
internal sealed class BatchMeter(PostgresServer server)
{
    public async Task<BatchSample> MeasureAsync(IContender contender, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using var admin = NpgsqlDataSource.Create(server.ConnectionString("postgres"));
        var (client, postgres, wal) = (ClientCpu(), ProcessTimes.OfTree(server.ProcessId), await WalBytesAsync(admin, cancellationToken));
        var run = await contender.RunAsync(duration, cancellationToken);
        return new BatchSample(
            run, ClientCpu() - client, ProcessTimes.OfTree(server.ProcessId) - postgres, await WalBytesAsync(admin, cancellationToken) - wal);
    }

    /// <summary>This process and its children that have ended: pgbench has, the server has not.</summary>
    private static TimeSpan ClientCpu()
    {
        var self = ProcessTimes.Parse(File.ReadAllText("/proc/self/stat"));
        return self.Own + self.Reaped;
    }

    private static async Task<long> WalBytesAsync(NpgsqlDataSource admin, CancellationToken cancellationToken)
    {
        await using var command = admin.CreateCommand("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
