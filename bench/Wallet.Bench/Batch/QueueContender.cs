using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using Wallet.Bench.Data;
using Wallet.Ledger;
using Wallet.Service.Commit;
using Wallet.Service.Observability;

namespace Wallet.Bench.Batch;

/// <summary>The service without HTTP: clients that each give one transfer to the commit queue and wait until it is durable.</summary>
internal sealed class QueueContender : IContender
{
    private readonly WebApplication _service;
    private readonly CommitQueue _queue;
    private readonly CommitWorker _worker;
    private readonly RandomTransfers _transfers;
    private readonly int _clients;
    private readonly MeterListener _listener;
    private long _batches;

    private QueueContender(WebApplication service, RandomTransfers transfers, int clients)
    {
        _service = service;
        _transfers = transfers;
        _clients = clients;
        _queue = service.Services.GetRequiredService<CommitQueue>();
        _worker = service.Services.GetServices<IHostedService>().OfType<CommitWorker>().Single();
        _listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument is { Meter.Name: ObservabilitySetup.SourceName, Name: "wallet.commit.batch_size" })
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<int>((_, _, _, _) => Interlocked.Increment(ref _batches));
        _listener.Start();
    }

    public string Name => $"queue, {_clients} clients";

    public static async Task<QueueContender> StartAsync(string connectionString, RandomTransfers transfers, int clients, CancellationToken cancellationToken)
    {
        var service = BenchLedger.OnPostgres(connectionString);
        // Metrics are taken as they are when it serves.
        service.Services.GetRequiredService<MeterProvider>();
        var contender = new QueueContender(service, transfers, clients);
        await contender._worker.StartAsync(cancellationToken);
        return contender;
    }

    public async Task<ContenderRun> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        var before = Interlocked.Read(ref _batches);
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, _clients).Select(_ => Task.Run(
            async () =>
            {
                var count = 0L;
                while (clock.Elapsed < duration && !cancellationToken.IsCancellationRequested)
                {
                    var answer = await _queue.SubmitAsync(_transfers.Next());
                    if (answer is not { Status: CommitStatus.Decided, Decision.Outcome: Outcome.Done })
                        throw new InvalidOperationException($"A transfer was not posted: {answer}");
                    count++;
                }

                return count;
            },
            cancellationToken)));
        return new ContenderRun(counts.Sum(), clock.Elapsed, Interlocked.Read(ref _batches) - before);
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.StopAsync(CancellationToken.None);
        _listener.Dispose();
        await _service.DisposeAsync();
    }
}
