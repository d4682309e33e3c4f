using Microsoft.Extensions.Options;
using Wallet.Ledger;
using Wallet.Service.Audit;
using Wallet.Service.Storage;

namespace Wallet.Service.Commit;

/// <summary>
/// The group commit. Takes all that waits in the <see cref="CommitQueue"/>, up to a limit, into one database transaction and answers each
/// caller when it is durable; what arrives in the meantime makes the next batch. Nothing is ever waited for to make a batch larger.
/// <para>
/// When a batch fails: the database away → once more, then every caller is told that nothing was applied. No answer to the commit → the
/// same batch again, which finds its own transfers by their ids if they were applied; if the database stays away, every caller is told
/// that it is in doubt. Another writer in the way → again, for a while. Where that does not help, where the disk is damaged, or the failure is
/// one that nobody foresaw, the batch is halved, so that in the end the one command that caused it fails alone.
/// </para>
/// </summary>
internal sealed class CommitWorker(
    CommitQueue queue,
    ILedgerStore store,
    IOptions<WalletOptions> options,
    CommitMetrics metrics,
    RecentEntries recent,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<CommitWorker> logger) : IHostedService
{
    private const int ConflictRetriesMax = 20;

    // Longer than the database waits for a lock, so that what merely waits is tried again before the batch is taken apart.
    private static readonly TimeSpan ConflictPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ConflictDelayMax = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AwayDelay = TimeSpan.FromMilliseconds(200);

    private readonly CommitOptions _options = options.Value.Commit;
    private Task _writers = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var writers = Math.Min(_options.Writers, store.WritersMax);
        _writers = Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(RunAsync, CancellationToken.None)));
        return Task.CompletedTask;
    }

    /// <summary>Refuses what comes from now on and carries out what waits.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        queue.Close();
        try
        {
            await _writers.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            logger.StoppedUnderWay();
            Environment.ExitCode = 1;
        }
    }

    private async Task RunAsync()
    {
        try
        {
            var batch = new List<PendingCommand>(_options.BatchMax);
            while (await queue.Reader.WaitToReadAsync())
            {
                await store.WhenWritableAsync(CancellationToken.None);
                while (batch.Count < _options.BatchMax && queue.Reader.TryRead(out var pending))
                {
                    if (!pending.TryTake())
                        continue; // its caller has left with the answer that nothing was applied
                    metrics.Waited(time.GetElapsedTime(pending.EnqueuedAt));
                    batch.Add(pending);
                }

                if (batch.Count > 0)
                    await CommitAsync(batch, beganAt: time.GetTimestamp(), inDoubtSince: null);
                batch.Clear();
            }
        }
        catch (Exception e)
        {
            // Nobody foresaw this. A service that takes commands and answers none is worse than one that is gone and started again.
            logger.WriterDied(e);
            Environment.ExitCode = 1;
            queue.Close();
            lifetime.StopApplication();
        }
    }

    /// <summary>Commits the batch and answers every one of its callers, whatever happens.</summary>
    /// <param name="batch">At least one command.</param>
    /// <param name="beganAt">When these commands were first tried, be it in a larger batch.</param>
    /// <param name="inDoubtSince">When an earlier attempt at them got no answer to its commit; null where there was none.</param>
    private async Task CommitAsync(List<PendingCommand> batch, long beganAt, long? inDoubtSince)
    {
        using var activity = CommitMetrics.StartBatch(batch, store.Name);
        var commands = new TransferCommand[batch.Count];
        for (var i = 0; i < commands.Length; i++)
            commands[i] = batch[i].Command;

        var firstAttemptAt = time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            IReadOnlyList<Decision> decisions;
            var attemptAt = time.GetTimestamp();
            try
            {
                decisions = await store.CommitAsync(commands, time.GetUtcNow().UtcDateTime, CancellationToken.None);
            }
            catch (LedgerStoreException e)
            {
                metrics.Failed(e.Failure);
                if (e.Failure == StoreFailure.Conflict)
                    logger.BatchConflicted(batch.Count, attempt, e.Message);
                else
                    logger.BatchFailed(e, batch.Count, attempt, e.Failure);
                if (e.Failure == StoreFailure.InDoubt)
                    inDoubtSince ??= time.GetTimestamp();

                var mayRetry = (inDoubtSince, e.Failure) switch
                {
                    ({ } since, _) => time.GetElapsedTime(since) < _options.RetryWindow,
                    (null, StoreFailure.Conflict) when batch.Count == 1 => time.GetElapsedTime(beganAt) < _options.RetryWindow,
                    (null, StoreFailure.Conflict) => attempt < ConflictRetriesMax && time.GetElapsedTime(firstAttemptAt) < ConflictPatience,
                    (null, StoreFailure.Damaged) => false,
                    (null, _) => attempt == 0,
                };
                if (mayRetry)
                {
                    await Task.Delay(DelayBefore(e.Failure), time);
                    continue;
                }

                var isOneOfThem = e.Failure == StoreFailure.Damaged
                    || (inDoubtSince is null && e.Failure == StoreFailure.Conflict && time.GetElapsedTime(beganAt) < _options.RetryWindow);
                await GiveUpAsync(batch, beganAt, inDoubtSince, CommitStatus.Unavailable, isOneOfThem);
                return;
            }
            catch (Exception e)
            {
                metrics.Failed(null);
                logger.BatchFailedUnexpectedly(e, batch.Count);
                await GiveUpAsync(batch, beganAt, inDoubtSince, CommitStatus.Failed, isOneOfThem: true);
                return;
            }

            metrics.Committed(batch.Count, time.GetElapsedTime(attemptAt));
            recent.Note(decisions);
            for (var i = 0; i < batch.Count; i++)
                batch[i].Complete(new CommitAnswer(CommitStatus.Decided, decisions[i]));
            return;
        }
    }

    /// <summary>Ends a batch that cannot be committed. Where one of its commands is likely the reason, the others must not fail with it: the batch is halved.</summary>
    private async Task GiveUpAsync(List<PendingCommand> batch, long beganAt, long? inDoubtSince, CommitStatus status, bool isOneOfThem)
    {
        if (isOneOfThem && batch.Count > 1)
        {
            var half = batch.Count / 2;
            await CommitAsync(batch.GetRange(0, half), beganAt, inDoubtSince);
            await CommitAsync(batch.GetRange(half, batch.Count - half), beganAt, inDoubtSince);
            return;
        }

        foreach (var pending in batch)
            pending.Complete(new CommitAnswer(inDoubtSince is null ? status : CommitStatus.InDoubt));
    }

    /// <summary>At random, so that two copies of the service that met do not meet again.</summary>
    private static TimeSpan DelayBefore(StoreFailure failure) =>
        failure == StoreFailure.Conflict ? ConflictDelayMax * Random.Shared.NextDouble() : AwayDelay * (0.5 + Random.Shared.NextDouble());
}

internal static partial class CommitLog
{
    [LoggerMessage(LogLevel.Critical, "A writer of the group commit died; the service stops")]
    public static partial void WriterDied(this ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Critical, "The time to stop has run out while a batch was under way; its callers were not answered")]
    public static partial void StoppedUnderWay(this ILogger logger);

    [LoggerMessage(LogLevel.Information, "A batch of {Size} met another writer, attempt {Attempt}: {Reason}")]
    public static partial void BatchConflicted(this ILogger logger, int size, int attempt, string reason);

    [LoggerMessage(LogLevel.Warning, "A batch of {Size} was not committed, attempt {Attempt}: {Failure}")]
    public static partial void BatchFailed(this ILogger logger, Exception exception, int size, int attempt, StoreFailure failure);

    [LoggerMessage(LogLevel.Error, "A batch of {Size} failed unexpectedly; it is halved until the command that caused it stands alone")]
    public static partial void BatchFailedUnexpectedly(this ILogger logger, Exception exception, int size);
}
