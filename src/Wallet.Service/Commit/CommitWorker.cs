using Microsoft.Extensions.Options;
using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Service.Commit;

/// <summary>
/// The group commit. Takes all that waits in the <see cref="CommitQueue"/>, up to a limit, into one database transaction and answers each
/// caller when it is durable; what arrives in the meantime makes the next batch. Nothing is ever waited for to make a batch larger.
/// <para>
/// When a batch fails: another writer in the way → again, a few times. The database away → once more, then every caller is told that
/// nothing was applied. No answer to the commit → the same batch again, which finds its own transfers by their ids if they were applied;
/// if the database stays away, every caller is told that it is in doubt. Anything unexpected, or a writer that never gets out of the
/// way → the batch is halved, so that in the end the one command that caused it fails alone.
/// </para>
/// </summary>
internal sealed class CommitWorker(
    CommitQueue queue,
    ILedgerStore store,
    IOptions<WalletOptions> options,
    CommitMetrics metrics,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<CommitWorker> logger) : IHostedService
{
    private const int ConflictRetriesMax = 20;
    private const int UnavailableRetriesMax = 1;
    private static readonly TimeSpan ConflictDelayMax = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan InDoubtDelay = TimeSpan.FromMilliseconds(200);

    private readonly CommitOptions _options = options.Value.Commit;
    private Task _writers = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var writers = Math.Min(_options.Writers, store.WritersMax);
        _writers = Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(RunAsync, CancellationToken.None)));
        return Task.CompletedTask;
    }

    /// <summary>Refuses what comes from now on and carries out what waits.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        queue.Close();
        return _writers.WaitAsync(cancellationToken);
    }

    private async Task RunAsync()
    {
        try
        {
            var batch = new List<PendingCommand>(_options.BatchMax);
            while (await queue.Reader.WaitToReadAsync())
            {
                while (batch.Count < _options.BatchMax && queue.Reader.TryRead(out var pending))
                {
                    metrics.Waited(time.GetElapsedTime(pending.EnqueuedAt));
                    batch.Add(pending);
                }

                if (batch.Count > 0)
                    await CommitAsync(batch, inDoubtSince: null);
                batch.Clear();
            }
        }
        catch (Exception e)
        {
            // Nobody foresaw this. A service that takes commands and answers none is worse than one that is gone and started again.
            logger.WriterDied(e);
            queue.Close();
            lifetime.StopApplication();
        }
    }

    /// <summary>Commits the batch and answers every one of its callers, whatever happens.</summary>
    /// <param name="batch">At least one command.</param>
    /// <param name="inDoubtSince">When an earlier attempt at these commands got no answer to its commit; null where there was none.</param>
    private async Task CommitAsync(List<PendingCommand> batch, long? inDoubtSince)
    {
        using var activity = CommitMetrics.StartBatch(batch, store.Name);
        var commands = new TransferCommand[batch.Count];
        for (var i = 0; i < commands.Length; i++)
            commands[i] = batch[i].Command;

        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var began = time.GetTimestamp();
                var decisions = await store.CommitAsync(commands, time.GetUtcNow().UtcDateTime, CancellationToken.None);
                metrics.Committed(batch.Count, time.GetElapsedTime(began));
                for (var i = 0; i < batch.Count; i++)
                    batch[i].Complete(new CommitAnswer(CommitStatus.Decided, decisions[i]));
                return;
            }
            catch (LedgerStoreException e)
            {
                metrics.Failed(e.Failure);
                logger.BatchFailed(e, batch.Count, attempt, e.Failure);
                if (e.Failure == StoreFailure.InDoubt)
                    inDoubtSince ??= time.GetTimestamp();
                if (!MayRetry(e.Failure, attempt, inDoubtSince))
                {
                    await GiveUpAsync(batch, inDoubtSince, CommitStatus.Unavailable, mayBeOneOfThem: e.Failure == StoreFailure.Conflict);
                    return;
                }

                await Task.Delay(DelayBefore(e.Failure), time);
            }
            catch (Exception e)
            {
                metrics.Failed(null);
                logger.BatchFailedUnexpectedly(e, batch.Count);
                await GiveUpAsync(batch, inDoubtSince, CommitStatus.Failed, mayBeOneOfThem: true);
                return;
            }
        }
    }

    /// <summary>Ends a batch that cannot be committed. Where one of its commands may be the reason, the others must not fail with it: the batch is halved.</summary>
    private async Task GiveUpAsync(List<PendingCommand> batch, long? inDoubtSince, CommitStatus status, bool mayBeOneOfThem)
    {
        if (mayBeOneOfThem && batch.Count > 1)
        {
            var half = batch.Count / 2;
            await CommitAsync(batch.GetRange(0, half), inDoubtSince);
            await CommitAsync(batch.GetRange(half, batch.Count - half), inDoubtSince);
            return;
        }

        foreach (var pending in batch)
            pending.Complete(new CommitAnswer(inDoubtSince is null ? status : CommitStatus.InDoubt));
    }

    private bool MayRetry(StoreFailure failure, int attempt, long? inDoubtSince) =>
        inDoubtSince is { } since
            ? time.GetElapsedTime(since) < _options.InDoubtWindow
            : attempt < (failure == StoreFailure.Conflict ? ConflictRetriesMax : UnavailableRetriesMax);

    /// <summary>At random, so that two copies of the service that met do not meet again.</summary>
    private static TimeSpan DelayBefore(StoreFailure failure) =>
        failure == StoreFailure.Conflict ? ConflictDelayMax * Random.Shared.NextDouble() : InDoubtDelay * (0.5 + Random.Shared.NextDouble());
}

internal static partial class CommitLog
{
    [LoggerMessage(LogLevel.Critical, "A writer of the group commit died; the service stops")]
    public static partial void WriterDied(this ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Warning, "A batch of {Size} was not committed, attempt {Attempt}: {Failure}")]
    public static partial void BatchFailed(this ILogger logger, Exception exception, int size, int attempt, StoreFailure failure);

    [LoggerMessage(LogLevel.Error, "A batch of {Size} failed unexpectedly; it is halved until the command that caused it stands alone")]
    public static partial void BatchFailedUnexpectedly(this ILogger logger, Exception exception, int size);
}
