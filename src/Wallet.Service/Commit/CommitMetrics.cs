using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Wallet.Ledger;
using Wallet.Service.Observability;
using Wallet.Service.Storage;

namespace Wallet.Service.Commit;

/// <summary>What the group commit measures.</summary>
internal sealed class CommitMetrics
{
    private static readonly ActivitySource Source = new(ObservabilitySetup.SourceName);
    private static readonly string[] OutcomeNames = NamesOf<Outcome>();
    private static readonly string[] StatusNames = NamesOf<CommitStatus>();
    private static readonly string[] FailureNames = NamesOf<StoreFailure>();

    private readonly Meter _meter;
    private readonly Counter<long> _transfers;
    private readonly Counter<long> _failures;
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _commitDuration;
    private readonly Histogram<double> _queueWait;

    public CommitMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(ObservabilitySetup.SourceName);
        _transfers = _meter.CreateCounter<long>("wallet.transfers", "{transfer}", "Transfers asked for, by what came of them.");
        _failures = _meter.CreateCounter<long>("wallet.commit.failures", "{batch}", "Attempts to commit a batch that failed.");
        _batchSize = _meter.CreateHistogram("wallet.commit.batch_size", "{transfer}", "Transfers in one database transaction.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000] });
        InstrumentAdvice<double> seconds = new()
        {
            HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        };
        _commitDuration = _meter.CreateHistogram("wallet.commit.duration", "s", "Time of one database transaction, from begin to committed.", advice: seconds);
        _queueWait = _meter.CreateHistogram("wallet.commit.queue_wait", "s", "Time from a transfer's arrival to the begin of its transaction.", advice: seconds);
    }

    public void ObserveQueue(Func<int> depth) =>
        _meter.CreateObservableGauge("wallet.commit.queue_depth", depth, "{transfer}", "Transfers that wait for a transaction.");

    /// <summary>Begins the span of a batch, which is part of no request and links to all of them.</summary>
    public static Activity? StartBatch(List<PendingCommand> batch, string database)
    {
        if (!Source.HasListeners())
            return null;
        var links = batch.Where(static p => p.Context != default).Select(static p => new ActivityLink(p.Context));
        var activity = Source.StartActivity("commit batch", ActivityKind.Internal, parentContext: default, links: links);
        return activity?.SetTag("wallet.batch_size", batch.Count).SetTag("db.system.name", database);
    }

    public void Waited(TimeSpan wait) => _queueWait.Record(wait.TotalSeconds);

    public void Committed(int size, TimeSpan duration)
    {
        _batchSize.Record(size);
        _commitDuration.Record(duration.TotalSeconds);
    }

    public void Failed(StoreFailure? failure) =>
        _failures.Add(1, new KeyValuePair<string, object?>("reason", failure is { } known ? FailureNames[(int)known] : "unexpected"));

    /// <summary>Counts an answer and hands it on.</summary>
    public CommitAnswer Answered(CommitAnswer answer)
    {
        var outcome = answer switch
        {
            { Status: not CommitStatus.Decided } => StatusNames[(int)answer.Status],
            { Decision.IsReplay: true } => "replayed",
            _ => OutcomeNames[(int)answer.Decision.Outcome],
        };
        _transfers.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        return answer;
    }

    private static string[] NamesOf<TEnum>() where TEnum : struct, Enum
    {
        var values = Enum.GetValues<TEnum>();
        var names = new string[values.Max(static v => Convert.ToInt32(v, null)) + 1];
        foreach (var value in values)
            names[Convert.ToInt32(value, null)] = JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
        return names;
    }
}
