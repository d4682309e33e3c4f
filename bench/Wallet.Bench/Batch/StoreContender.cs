using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Wallet.Bench.Data;
using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Bench.Batch;

/// <summary>The store alone: writers that each commit one full batch after the other.</summary>
internal sealed class StoreContender(string connectionString, RandomTransfers transfers, int writers, int batchSize) : IContender
{
    private readonly WebApplication _service = BenchLedger.OnPostgres(connectionString);

    public string Name => $"store, {writers} × {batchSize}";

    public async Task<ContenderRun> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var store = _service.Services.GetRequiredService<ILedgerStore>();
        var time = _service.Services.GetRequiredService<TimeProvider>();
        var clock = Stopwatch.StartNew();
        var batches = (await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(WriteAsync, cancellationToken)))).Sum();
        return new ContenderRun(batches * batchSize, clock.Elapsed, batches);

        async Task<long> WriteAsync()
        {
            var committed = 0L;
            while (clock.Elapsed < duration)
            {
                TransferCommand[] batch = [.. Enumerable.Range(0, batchSize).Select(_ => transfers.Next())];
                try
                {
                    var decisions = await store.CommitAsync(batch, time.GetUtcNow().UtcDateTime, cancellationToken);
                    if (decisions.Any(static decision => decision.Outcome != Outcome.Done))
                        throw new InvalidOperationException("A transfer was refused.");
                    committed++;
                }
                catch (LedgerStoreException e) when (e.Failure == StoreFailure.Conflict)
                {
                    // The other writer was in the way: this batch does not count.
                }
            }

            return committed;
        }
    }

    public ValueTask DisposeAsync() => _service.DisposeAsync();
}
