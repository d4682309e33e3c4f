using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Wallet.Ledger;

namespace Wallet.Service.Commit;

/// <summary>
/// The one way money moves. Commands wait here, at most <see cref="CommitOptions.QueueCapacity"/> of them, until a
/// <see cref="CommitWorker"/> takes all that wait into one database transaction. Safe to call from any thread.
/// </summary>
internal sealed class CommitQueue : IDisposable
{
    private readonly CommitMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly Channel<PendingCommand> _channel;
    private readonly WaitingCallers _waiting;
    private volatile bool _stopping;

    public CommitQueue(IOptions<WalletOptions> options, CommitMetrics metrics, TimeProvider time)
    {
        _metrics = metrics;
        _time = time;
        // Where the worker has it, it will finish it: only the waiting ends.
        _waiting = new WaitingCallers(time, options.Value.Commit.AnswerTimeout, static pending =>
            pending.Complete(new CommitAnswer(pending.TryWithdraw() ? CommitStatus.Withdrawn : CommitStatus.InDoubt)));
        // FullMode.Wait only means that TryWrite says no; nobody ever waits for a place.
        _channel = Channel.CreateBounded<PendingCommand>(
            new BoundedChannelOptions(options.Value.Commit.QueueCapacity) { FullMode = BoundedChannelFullMode.Wait });
        metrics.ObserveQueue(() => _channel.Reader.Count);
    }

    public ChannelReader<PendingCommand> Reader => _channel.Reader;

    /// <summary>
    /// Gives a command to the ledger and waits for what comes of it. Never throws for a failure: the answer says what is known. A caller
    /// who goes away changes nothing, the command is carried out all the same.
    /// </summary>
    public async ValueTask<CommitAnswer> SubmitAsync(TransferCommand command)
    {
        var pending = new PendingCommand(command, _time.GetTimestamp());
        if (!_channel.Writer.TryWrite(pending))
            return _metrics.Answered(new CommitAnswer(_stopping ? CommitStatus.Stopping : CommitStatus.QueueFull));

        _waiting.Add(pending);
        var answer = await pending.Answer;
        _waiting.Remove(pending);
        return _metrics.Answered(answer);
    }

    /// <summary>Takes no more commands. Those that wait are still carried out.</summary>
    public void Close()
    {
        _stopping = true;
        _channel.Writer.TryComplete();
    }

    public void Dispose() => _waiting.Dispose();
}
