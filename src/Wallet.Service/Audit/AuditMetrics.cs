using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Wallet.Ledger;
using Wallet.Service.Observability;

namespace Wallet.Service.Audit;

/// <summary>What the auditor measures.</summary>
internal sealed class AuditMetrics
{
    private static readonly FindingKind[] Kinds = Enum.GetValues<FindingKind>();

    private readonly AuditState _state;
    private readonly Counter<long> _accounts;
    private readonly Counter<long> _entries;
    private readonly Counter<long> _transfers;
    private readonly Counter<long> _failures;
    private long _steppedAt;

    public AuditMetrics(IMeterFactory meters, AuditState state, RecentEntries recent, IOptions<WalletOptions> options, TimeProvider time)
    {
        _state = state;
        Stepped(time.GetUtcNow()); // one that never takes its first step stands still as well
        var meter = meters.Create(ObservabilitySetup.SourceName);
        _accounts = meter.CreateCounter<long>("wallet.audit.accounts", "{account}", "Accounts that this copy has audited to their latest entry.");
        _entries = meter.CreateCounter<long>("wallet.audit.entries", "{entry}", "Entries that this copy has audited.");
        _transfers = meter.CreateCounter<long>("wallet.audit.transfers", "{transfer}", "Transfers that this copy has audited.");
        _failures = meter.CreateCounter<long>("wallet.audit.failures", "{step}", "Steps of the audit that could not be taken.");
        _failures.Add(0); // so that it can be seen before the first
        meter.CreateObservableGauge("wallet.audit.waiting", () => recent.Count, "{account}", "Accounts with new entries that wait to be audited.");
        meter.CreateObservableGauge("wallet.audit.lag", () => recent.Lag.TotalSeconds, "s", "How long the oldest of them has waited.");
        if (options.Value.Audit.Enabled)
            meter.CreateObservableGauge("wallet.audit.step_timestamp", () => Volatile.Read(ref _steppedAt), "s", "When this copy took its latest step, or was started, in Unix time.");
        meter.CreateObservableGauge("wallet.audit.turn", () => _state.Current.Progress?.Turn ?? 0, "{turn}", "The number of the latest full turn.");
        meter.CreateObservableGauge("wallet.audit.turn_end_timestamp", TurnEnd, "s", "When the latest full turn ended, in Unix time.");
        meter.CreateObservableGauge("wallet.audit.findings", Findings, "{finding}", "What is found and not yet mended, by kind.");
    }

    /// <summary>The name of a kind in metrics, logs and answers.</summary>
    public static string NameOf(FindingKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    public void Audited(long accounts, long entries, long transfers)
    {
        _accounts.Add(accounts);
        _entries.Add(entries);
        _transfers.Add(transfers);
    }

    public void Stepped(DateTimeOffset at) => Volatile.Write(ref _steppedAt, at.ToUnixTimeSeconds());

    public void Failed() => _failures.Add(1);

    private IEnumerable<Measurement<long>> TurnEnd() =>
        _state.Current.Progress?.TurnEndedAt is { } ended ? [new Measurement<long>(new DateTimeOffset(ended).ToUnixTimeSeconds())] : [];

    private IEnumerable<Measurement<int>> Findings()
    {
        var counts = _state.Current.Findings.CountBy(static finding => finding.Finding.Kind).ToDictionary();
        return Kinds.Select(kind => new Measurement<int>(
            counts.GetValueOrDefault(kind),
            new KeyValuePair<string, object?>("kind", NameOf(kind)),
            new KeyValuePair<string, object?>("severity", new LedgerFinding(kind).IsWarning ? "warning" : "critical")));
    }
}
