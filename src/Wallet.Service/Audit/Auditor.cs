using Microsoft.Extensions.Options;
using Wallet.Ledger;
using Wallet.Service.Startup;
using Wallet.Service.Storage;

namespace Wallet.Service.Audit;

/// <summary>
/// Checks the ledger's promises all the time, beside the service's work and slowly. Every copy audits the entries that it has posted
/// itself, within seconds; one copy at a time walks the full turn over the whole ledger, again and again. See ADR 11.
/// </summary>
internal sealed class Auditor : BackgroundService
{
    private const int LoggedMax = 20; // of a step

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BetweenSaves = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(2);

    private readonly IAuditStore _store;
    private readonly AuditOptions _options;
    private readonly LedgerReadiness _readiness;
    private readonly RecentEntries _recent;
    private readonly AuditState _state;
    private readonly AuditMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<Auditor> _logger;
    private readonly LedgerInspector _inspector;
    private readonly LedgerWalk _walk;
    private readonly Guid _holder = Guid.NewGuid();

    private AuditProgress? _held; // what this copy walks on; null where another walks, or all rest
    private long? _exchangedAt;

    public Auditor(
        IAuditStore store, IOptions<WalletOptions> options, LedgerReadiness readiness, RecentEntries recent, AuditState state, AuditMetrics metrics,
        TimeProvider time, ILogger<Auditor> logger)
    {
        (_store, _options, _readiness, _recent) = (store, options.Value.Audit, readiness, recent);
        (_state, _metrics, _time, _logger) = (state, metrics, time, logger);
        _inspector = new LedgerInspector(store, time, _options.ClockTolerance);
        _walk = new LedgerWalk(store, _inspector, _options.BatchMax, _options.SumAccountsMax);
    }

    private DateTime Now => LedgerTime.Cut(_time.GetUtcNow().UtcDateTime);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_options.Enabled)
            return;
        await _readiness.WhenReady.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stoppingToken.IsCancellationRequested)
        {
            var delay = AfterFailure;
            try
            {
                var rows = await StepAsync(stoppingToken);
                _metrics.Stepped(_time.GetUtcNow());
                delay = rows == 0 ? Idle : TimeSpan.FromSeconds((double)rows / _options.RowsPerSecond);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (LedgerStoreException e)
            {
                _metrics.Failed();
                _logger.StepNotTaken(e.Message);
            }
            catch (Exception e)
            {
                _metrics.Failed();
                _logger.StepFailed(e);
            }

            await Task.Delay(delay, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await LeaveAsync();
    }

    /// <returns>How many rows were read.</returns>
    private async Task<int> StepAsync(CancellationToken cancellationToken)
    {
        if (_exchangedAt is not { } at || _time.GetElapsedTime(at) >= BetweenSaves)
            await ExchangeAsync(cancellationToken);
        var rows = await AuditRecentAsync(cancellationToken);
        return _held is null ? rows : rows + await WalkAsync(_held, cancellationToken);
    }

    /// <summary>Writes down how far this copy has come, or takes the turn over where it is due and nobody walks, and reads what all copies know.</summary>
    private async Task ExchangeAsync(CancellationToken cancellationToken)
    {
        var now = Now;
        if (_held is not null)
            _held = await _store.SaveAuditProgressAsync(_held, now + Hold, cancellationToken);
        var progress = _held ?? await _store.ReadAuditProgressAsync(cancellationToken);
        if (_held is null && IsDue(progress, now))
        {
            _held = await _store.TakeAuditAsync(_holder, now, now + Hold, cancellationToken);
            if (_held is { Position.Phase: AuditPhase.Resting } resting)
                _held = IsDue(resting, now) ? Begin(resting, now) : await ReleaseAsync(resting, cancellationToken);
            progress = _held ?? progress;
        }

        _state.Show(progress, await _store.ListFindingsAsync(cancellationToken));
        _exchangedAt = _time.GetTimestamp();
    }

    private bool IsDue(AuditProgress progress, DateTime now) =>
        progress.Position.Phase != AuditPhase.Resting || progress.TurnBeganAt is not { } began || began + _options.TurnInterval <= now || began > now;

    private static AuditProgress Begin(AuditProgress resting, DateTime now) =>
        resting with { Turn = resting.Turn + 1, TurnBeganAt = now, Position = AuditPosition.Begin, Accounts = 0, Entries = 0, Transfers = 0 };

    /// <returns>Nothing: the turn is nobody's.</returns>
    private async Task<AuditProgress?> ReleaseAsync(AuditProgress progress, CancellationToken cancellationToken)
    {
        await _store.SaveAuditProgressAsync(progress, Now, cancellationToken);
        return null;
    }

    /// <summary>Audits new entries from the one before them on. That one has been audited, or will be on the full turn.</summary>
    private async Task<int> AuditRecentAsync(CancellationToken cancellationToken)
    {
        var recent = _recent.Take(_options.BatchMax);
        if (recent.Count == 0)
            return 0;
        try
        {
            var stretches = recent.Select(stretch => new AccountStretch(
                stretch.AccountId,
                stretch.BeginSeq == 1 ? null : ChainPosition.Unknown(stretch.BeginSeq - 2),
                (int)Math.Min(stretch.LastSeq - stretch.BeginSeq + 3, _options.BatchMax))).ToArray();
            var inspections = await _inspector.InspectAsync(stretches, cancellationToken);
            Guid[] paid = [.. inspections.SelectMany(static inspection => inspection.Paid).Distinct()];
            var ofTransfers = await _inspector.InspectAsync(paid, cancellationToken);
            // The turn under way may have passed them already: it is the next one that says whether they are mended.
            var turn = (_state.Current.Progress?.Turn ?? 0) + 1;
            await ReportAsync([.. inspections.SelectMany(static inspection => inspection.Findings), .. ofTransfers], turn, cancellationToken);

            // What was posted since then has been noted by itself, here or at the copy that posted it.
            var stretchOf = recent.ToDictionary(static stretch => stretch.AccountId);
            foreach (var inspection in inspections)
            {
                var stretch = stretchOf[inspection.AccountId];
                if (!inspection.IsComplete && inspection.Position.Seq < stretch.LastSeq)
                    _recent.PutBack(stretch with { BeginSeq = inspection.Position.Seq + 1 });
            }

            var rows = inspections.Sum(static inspection => inspection.Rows);
            _metrics.Audited(inspections.Count(static inspection => inspection.IsComplete), rows - inspections.Count, paid.Length);
            return rows + paid.Length;
        }
        catch
        {
            recent.ForEach(_recent.PutBack);
            throw;
        }
    }

    private async Task<int> WalkAsync(AuditProgress progress, CancellationToken cancellationToken)
    {
        var step = await _walk.StepAsync(progress.Position, cancellationToken);
        await ReportAsync(step.Findings, progress.Turn, cancellationToken);
        _metrics.Audited(step.Accounts, step.Entries, step.Transfers);
        _held = progress with
        {
            Position = step.Next,
            Accounts = progress.Accounts + step.Accounts,
            Entries = progress.Entries + step.Entries,
            Transfers = progress.Transfers + step.Transfers,
        };
        _state.Show(_held, _state.Current.Findings);
        if (step.Next.Phase == AuditPhase.Resting)
            await EndTurnAsync(_held with { TurnEndedAt = Now }, cancellationToken);
        return Math.Max(1, step.Rows);
    }

    /// <summary>What this turn has not seen again is mended.</summary>
    private async Task EndTurnAsync(AuditProgress ended, CancellationToken cancellationToken)
    {
        _held = null;
        if (await _store.SaveAuditProgressAsync(ended, Now, cancellationToken) is not { } saved)
            return;
        await _store.ForgetFindingsAsync(saved.Turn, cancellationToken);
        _state.Show(saved, await _store.ListFindingsAsync(cancellationToken));
        _exchangedAt = null;
        _logger.TurnEnded(saved.Turn, saved.Accounts, saved.Entries, saved.Transfers);
    }

    private async Task ReportAsync(IReadOnlyCollection<LedgerFinding> findings, long turn, CancellationToken cancellationToken)
    {
        if (findings.Count == 0)
            return;
        var kept = findings.Distinct().OrderBy(static finding => finding.IsWarning).Take(AuditFinding.KeptMax).ToArray();
        var isNew = await _store.KeepFindingsAsync(kept, turn, Now, cancellationToken);
        foreach (var finding in isNew.Take(LoggedMax))
        {
            var level = finding.IsWarning ? LogLevel.Warning : LogLevel.Critical;
            if (_logger.IsEnabled(level))
                _logger.Found(level, AuditMetrics.NameOf(finding.Kind), finding.AccountId, finding.Seq, finding.TransferId, finding.Currency);
        }

        if (isNew.Count > LoggedMax)
            _logger.FoundMore(isNew.Count - LoggedMax);
        _state.Show(_held ?? _state.Current.Progress, await _store.ListFindingsAsync(cancellationToken));
    }

    /// <summary>Leaves the turn to whoever comes next, at the place where it is.</summary>
    private async Task LeaveAsync()
    {
        if (_held is null)
            return;
        using var patience = new CancellationTokenSource(StopPatience, _time);
        try
        {
            await ReleaseAsync(_held, patience.Token);
        }
        catch (Exception e) when (e is LedgerStoreException or OperationCanceledException or ObjectDisposedException)
        {
            // It is free by itself after a while, and what was not written down is walked again.
        }
    }
}

internal static partial class AuditLog
{
    [LoggerMessage("The audit found {Kind}: account {AccountId}, entry {Seq}, transfer {TransferId}, currency {Currency}")]
    public static partial void Found(this ILogger logger, LogLevel level, string kind, long? accountId, long? seq, Guid? transferId, string? currency);

    [LoggerMessage(LogLevel.Warning, "The same step of the audit found {Count} more, which are not listed here")]
    public static partial void FoundMore(this ILogger logger, int count);

    [LoggerMessage(LogLevel.Information, "Full turn {Turn} of the audit has ended: {Accounts} accounts, {Entries} entries, {Transfers} transfers")]
    public static partial void TurnEnded(this ILogger logger, long turn, long accounts, long entries, long transfers);

    [LoggerMessage(LogLevel.Warning, "A step of the audit could not be taken; it is tried again: {Reason}")]
    public static partial void StepNotTaken(this ILogger logger, string reason);

    [LoggerMessage(LogLevel.Error, "A step of the audit failed unexpectedly; it is tried again")]
    public static partial void StepFailed(this ILogger logger, Exception exception);
}
