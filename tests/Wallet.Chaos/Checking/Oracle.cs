using System.Collections.Concurrent;
using System.Diagnostics;
using Wallet.Chaos.Clients;

namespace Wallet.Chaos.Checking;

/// <summary>Knows what was asked for and what was told, and notices at once where two answers cannot both be true. Safe to use from any thread.</summary>
internal sealed class Oracle : IDisposable
{
    private const int RecentMax = 256;
    private const int ContradictionsMax = 100;
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentQueue<AskedTransfer> _asked = [];
    private readonly ConcurrentDictionary<string, long> _outcomes = [];
    private readonly ConcurrentQueue<Contradiction> _contradictions = [];
    private readonly CancellationTokenSource _contradicted = new();
    private readonly Lock _lock = new();
    private readonly AskedTransfer?[] _recent = new AskedTransfer?[RecentMax];
    private long _acknowledged;
    private long _refused;
    private long _doubtsDone;
    private long _doubtsNotDone;
    private RecoveryWatch? _watch;

    /// <summary>Everything that was asked for so far.</summary>
    public IReadOnlyCollection<AskedTransfer> Asked => _asked;

    /// <summary>How often each kind of answer came.</summary>
    public IReadOnlyDictionary<string, long> Outcomes => _outcomes;

    public IReadOnlyCollection<Contradiction> Contradictions => _contradictions;

    /// <summary>Is cancelled with the first contradiction.</summary>
    public CancellationToken Contradicted => _contradicted.Token;

    /// <summary>How many transfers were acknowledged, each counted once.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>How many were refused, each counted once.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Of how many that were in doubt a later answer said that they had been decided at that time.</summary>
    public long DoubtsDone => Interlocked.Read(ref _doubtsDone);

    /// <summary>Of how many that were in doubt a later attempt found nothing, and was the one that counted.</summary>
    public long DoubtsNotDone => Interlocked.Read(ref _doubtsNotDone);

    public void Ask(AskedTransfer asked) => _asked.Enqueue(asked);

    /// <summary>An attempt has its answer.</summary>
    /// <returns>Whether the transfer needs no further attempt.</returns>
    public bool Hear(AskedTransfer asked, Attempt attempt, Answer answer)
    {
        Count(answer.IsReplay ? $"{answer.Outcome}, replayed" : answer.Outcome);
        switch (answer.Kind)
        {
            case AnswerKind.InDoubt:
                lock (asked)
                    asked.IsInDoubt = true;
                return false;
            case AnswerKind.NothingChanged:
                return false;
            case AnswerKind.Unexpected:
                Contradict(Fault.AnswerUnexpected, $"{asked} was answered with {answer.Outcome}: {answer.Text}");
                return true;
        }

        lock (asked)
        {
            if (asked.Told is null)
                HearFirst(asked, attempt, answer);
            else
                HearAgain(asked, attempt, answer);
        }

        if (answer.Kind == AnswerKind.Posted)
            Volatile.Read(ref _watch)?.See(attempt.BeganAt);
        return true;
    }

    public void Contradict(Fault fault, string explanation)
    {
        if (_contradictions.Count < ContradictionsMax)
            _contradictions.Enqueue(new Contradiction(fault, explanation));
        _contradicted.Cancel();
    }

    /// <summary>One of the latest that were acknowledged; null while there is none.</summary>
    public AskedTransfer? AnyAcknowledged(Random random)
    {
        var count = (int)Math.Min(Acknowledged, RecentMax);
        lock (_lock)
            return count == 0 ? null : _recent[random.Next(count)];
    }

    /// <summary>From now on looks for the longest time without an acknowledgement.</summary>
    public RecoveryWatch StartWatch()
    {
        var watch = new RecoveryWatch();
        Volatile.Write(ref _watch, watch);
        return watch;
    }

    public void Dispose() => _contradicted.Dispose();

    private void Count(string outcome) => _outcomes.AddOrUpdate(outcome, 1, static (_, count) => count + 1);

    private void HearFirst(AskedTransfer asked, Attempt attempt, Answer answer)
    {
        if (asked.IsInDoubt)
            Interlocked.Increment(ref answer.IsReplay ? ref _doubtsDone : ref _doubtsNotDone);

        if (answer.Kind == AnswerKind.Refused)
        {
            if (answer.Outcome != (asked.MustBeRefused ?? "insufficient_funds"))
                Contradict(Fault.AnswerUnexpected, $"{asked} was refused with {answer.Outcome}, where {asked.MustBeRefused ?? "only a lack of money"} is to be expected.");
            asked.Told = new Told { Refusal = answer.Outcome };
            Interlocked.Increment(ref _refused);
            return;
        }

        if (asked.MustBeRefused is { } refusal)
            Contradict(Fault.AnswerUnexpected, $"{asked} was acknowledged, where it must be refused with {refusal}: {answer.Text}");
        if (answer.Body.GetProperty("id").GetGuid() != asked.Id || answer.Body.GetProperty("amount").GetInt64() != asked.Amount)
            Contradict(Fault.AnswerUnexpected, $"{asked} was acknowledged as another: {answer.Text}");
        asked.Told = new Told
        {
            CreatedAt = answer.Body.GetProperty("created_at").GetDateTime(),
            PayerBalanceAfter = answer.Body.GetProperty("balance_after").GetInt64(),
            Text = answer.Text,
        };
        // A replay alone would not say so: where the database was in doubt, the service itself asks it again.
        if (!asked.IsInDoubt && !asked.HasTwins && asked.Told.CreatedAt < attempt.BeganAtTime - ClockTolerance)
            Contradict(Fault.ChangeDenied, $"{asked} was never in doubt, and yet it was done before {attempt.BeganAtTime:O}: {answer.Text}");
        lock (_lock)
            _recent[_acknowledged++ % RecentMax] = asked;
    }

    private void HearAgain(AskedTransfer asked, Attempt attempt, Answer answer)
    {
        var told = asked.Told!;
        if (answer.Kind == AnswerKind.Posted ? answer.Text != told.Text : answer.Outcome != told.Refusal)
            Contradict(Fault.AnswerChanged, $"{asked} was answered with {told.Refusal ?? told.Text}, and later with {answer.Text}");
        else if (attempt.WasTold && !answer.IsReplay)
            Contradict(Fault.ReplayUnmarked, $"{asked} was answered a second time as if it were the first: {answer.Text}");
    }
}

/// <summary>A request for a transfer that is sent now.</summary>
/// <param name="BeganAt">A <see cref="Stopwatch"/>'s timestamp.</param>
/// <param name="BeganAtTime">The same by the clock, UTC.</param>
/// <param name="WasTold">Whether there was an answer before.</param>
internal readonly record struct Attempt(long BeganAt, DateTime BeganAtTime, bool WasTold)
{
    /// <param name="asked">At what.</param>
    /// <param name="hasTwin">Whether another attempt with the same key is under way at the same time.</param>
    public static Attempt Begin(AskedTransfer asked, bool hasTwin)
    {
        lock (asked)
        {
            asked.HasTwins |= hasTwin;
            return new Attempt(Stopwatch.GetTimestamp(), TimeProvider.System.GetUtcNow().UtcDateTime, asked.Told is not null);
        }
    }
}
