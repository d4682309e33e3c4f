using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using Wallet.Servers;

namespace Wallet.Bench.Batch;

/// <summary>pgbench's own transaction, "TPC-B (sort of)": three updates, a select and an insert, sent one by one, one transaction per transfer.</summary>
internal sealed partial class PgbenchContender : IContender
{
    private readonly PostgresServer _server;
    private readonly string[] _connection;
    private readonly int _clients;

    private PgbenchContender(PostgresServer server, string connectionString, int clients)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        _server = server;
        _connection = ["-h", parts.Host!, "-p", parts.Port.ToString(CultureInfo.InvariantCulture), "-U", parts.Username!, parts.Database!];
        _clients = clients;
    }

    public string Name => $"pgbench, {_clients} clients";

    /// <summary>Makes pgbench's tables, with a branch for each client, so that they do not all wait for one row.</summary>
    public static async Task<PgbenchContender> CreateAsync(PostgresServer server, int clients, CancellationToken cancellationToken)
    {
        var contender = new PgbenchContender(server, await server.CreateDatabaseAsync(), clients);
        await contender.PgbenchAsync(["-i", "-q", "-s", clients.ToString(CultureInfo.InvariantCulture)], cancellationToken);
        return contender;
    }

    public async Task<ContenderRun> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var output = await PgbenchAsync(
            [
                "-n", "-M", "prepared", "-b", "tpcb-like", "-j", "2",
                "-c", _clients.ToString(CultureInfo.InvariantCulture), "-T", duration.TotalSeconds.ToString("0", CultureInfo.InvariantCulture),
            ],
            cancellationToken);
        // Its own time, from when the last client was connected.
        var transactions = long.Parse(TransactionsLine().Match(output).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var perSecond = double.Parse(RateLine().Match(output).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return new ContenderRun(transactions, TimeSpan.FromSeconds(transactions / perSecond), transactions);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<string> PgbenchAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(_server.Program("pgbench"), [.. arguments, .. _connection])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"pgbench failed: {await error}");
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    [GeneratedRegex(@"number of transactions actually processed: (\d+)")]
    private static partial Regex TransactionsLine();

    [GeneratedRegex(@"tps = ([\d.]+) \(without initial connection time\)")]
    private static partial Regex RateLine();
}
