using System.Globalization;
using System.Threading.Channels;
using Npgsql;
using Wallet.Ledger;
using Wallet.Service.Storage.Postgres;

namespace Wallet.Bench.Data;

/// <summary>
/// Fills the tables at the same time, each on a connection of its own, from one run through the planned transfers. They commit one right
/// after the other at the end.
/// </summary>
internal sealed class PostgresLoad(NpgsqlDataSource source, LoadPlan plan, Account world, IProgress<LoadProgress> progress)
{
    private const int RowsPerChunk = 1_000;
    private const int ChunksInFlight = 16;

    private readonly PlannedLedger _ledger = new(plan, world);
    private readonly Channel<Transfer[]> _transfers = Channel.CreateBounded<Transfer[]>(ChunksInFlight);
    private readonly Channel<Entry[]> _entries = Channel.CreateBounded<Entry[]>(ChunksInFlight);
    private readonly TaskCompletionSource _made = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isCommitting;

    public static async Task RunAsync(string connectionString, LoadPlan plan, Account world, IProgress<LoadProgress> progress, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        var load = new PostgresLoad(source, plan, world, progress);
        try
        {
            await load.FillAsync(cancellationToken);
            await load.FinishAsync(cancellationToken);
        }
        catch (NpgsqlException e)
        {
            throw new LoadException(
                load._isCommitting ? $"It failed in the middle of its commits; drop the database: {e.Message}" : $"It failed, and the ledger is as it was: {e.Message}", e);
        }
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        await using var accounts = await PostgresTable.BeginAsync(source, "accounts", cancellationToken);
        await using var names = await PostgresTable.BeginAsync(source, "account_names", cancellationToken);
        await using var requests = await PostgresTable.BeginAsync(source, "account_requests", cancellationToken);
        await using var transfers = await PostgresTable.BeginAsync(source, "transfers", cancellationToken);
        await using var entries = await PostgresTable.BeginAsync(source, "entries", cancellationToken);
        if (await accounts.AnyAsync("kind = 1", cancellationToken) || await transfers.AnyAsync("true", cancellationToken) || await entries.AnyAsync("true", cancellationToken))
            throw new LoadException("The ledger has accounts of users or transfers already. Load into a new database.");

        // The first failure stops the others.
        Func<CancellationToken, Task>[] work =
        [
            MakeTransfersAsync,
            stop => FillTableAsync(entries, PostgresRows.EntryColumns, 2 * plan.Transfers, _entries.Reader.ReadAllAsync(stop), PostgresCopyRows.WriteEntry, stop),
            stop => FillTableAsync(transfers, PostgresRows.TransferColumns, plan.Transfers, _transfers.Reader.ReadAllAsync(stop), PostgresCopyRows.WriteTransfer, stop),
            stop => FillTableAsync(names, "user_id, currency, name, account_id", plan.Accounts, InChunks(_ledger.Openings), PostgresCopyRows.WriteName, stop),
            stop => FillTableAsync(requests, "id, fingerprint, account_id", plan.Accounts, InChunks(_ledger.Openings), PostgresCopyRows.WriteRequest, stop),
            async stop =>
            {
                await _made.Task.WaitAsync(stop);
                await FillTableAsync(accounts, PostgresRows.AccountColumns, plan.Accounts, InChunks(_ledger.Accounts), PostgresCopyRows.WriteAccount, stop);
                await UpdateWorldAsync(accounts, stop);
            },
        ];
        await Parallel.ForEachAsync(
            work,
            new ParallelOptions { MaxDegreeOfParallelism = work.Length, CancellationToken = cancellationToken },
            static (item, stop) => new ValueTask(item(stop)));

        _isCommitting = true;
        foreach (var table in new[] { entries, transfers, names, requests, accounts })
            await table.CommitAsync();
    }

    private async Task MakeTransfersAsync(CancellationToken cancellationToken)
    {
        foreach (var chunk in _ledger.Transfers().Chunk(RowsPerChunk))
        {
            await _transfers.Writer.WriteAsync([.. chunk.Select(static planned => planned.Transfer)], cancellationToken);
            await _entries.Writer.WriteAsync([.. chunk.SelectMany(static planned => new[] { planned.Payer, planned.Payee })], cancellationToken);
        }

        _transfers.Writer.Complete();
        _entries.Writer.Complete();
        _made.SetResult();
    }

    private async Task FillTableAsync<TRow>(
        PostgresTable table, string columns, long total, IAsyncEnumerable<TRow[]> chunks, Action<NpgsqlBinaryImporter, TRow> write, CancellationToken cancellationToken)
    {
        await table.FillAsync(
            columns,
            // Writing a row blocks where the server is slower, which no thread may do that hears from the sockets.
            importer => Task.Run(
                async () =>
                {
                    var done = 0L;
                    await foreach (var chunk in chunks.WithCancellation(cancellationToken))
                    {
                        foreach (var row in chunk)
                            write(importer, row);
                        progress.Report(new LoadProgress(table.Name, done += chunk.Length, total));
                    }
                },
                cancellationToken),
            onKeys: () => progress.Report(new LoadProgress($"{table.Name}: keys", 0, 1)),
            cancellationToken);
        progress.Report(new LoadProgress($"{table.Name}: keys", 1, 1));
    }

    /// <summary>The world's row stayed as it was; now it gets what the deposits made of it.</summary>
    private async Task UpdateWorldAsync(PostgresTable accounts, CancellationToken cancellationToken)
    {
        var after = _ledger.World;
        await accounts.ExecuteAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                UPDATE accounts SET balance = {after.Balance}, version = {after.Version}, entry_count = {after.EntryCount},
                    head_hash = '\x{after.Head}', changed_at = '{after.ChangedAt:O}'
                WHERE id = {after.Id};
                SELECT setval('account_ids', {LoadPlan.AccountId(plan.Accounts - 1)});
                """),
            cancellationToken);
    }

    /// <summary>So that the first queries are planned on what is there and find it in its place; then the next start has nothing to recover.</summary>
    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        string[] steps =
        [
            "VACUUM (ANALYZE) accounts", "VACUUM (ANALYZE) account_names", "VACUUM (ANALYZE) account_requests",
            "VACUUM (ANALYZE) transfers", "VACUUM (ANALYZE) entries", "CHECKPOINT",
        ];
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        for (var i = 0; i < steps.Length; i++)
        {
            progress.Report(new LoadProgress("statistics", i, steps.Length));
            await using var command = new NpgsqlCommand(steps[i], connection) { CommandTimeout = 0 };
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                // A role that may not make a checkpoint: the server makes one by itself before long.
            }
        }

        progress.Report(new LoadProgress("statistics", steps.Length, steps.Length));
    }

    private static IAsyncEnumerable<TRow[]> InChunks<TRow>(IEnumerable<TRow> rows) => rows.Chunk(RowsPerChunk).ToAsyncEnumerable();
}
