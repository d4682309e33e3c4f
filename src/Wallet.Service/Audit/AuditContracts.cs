using System.Text.Json.Serialization;
using Wallet.Ledger;
using Wallet.Service.Http;
using Wallet.Service.Storage;

namespace Wallet.Service.Audit;

/// <summary>How the ledger stands in the eyes of its auditor.</summary>
[JsonConverter(typeof(WireNames<AuditVerdict>))]
internal enum AuditVerdict
{
    /// <summary>No full turn has ended yet, and nothing was found.</summary>
    Unknown,

    /// <summary>Nothing was found.</summary>
    Intact,

    /// <summary>What was found breaks no promise.</summary>
    Warning,

    /// <summary>A promise of the ledger is broken.</summary>
    Broken,
}

/// <summary>What the audit has come to. The same at every copy of the service, within seconds, but for what waits at this one.</summary>
internal sealed record AuditResponse
{
    public required AuditVerdict Verdict { get; init; }

    /// <summary>Whether this copy audits.</summary>
    public required bool Enabled { get; init; }

    /// <summary>The full turn that is under way, or ended last.</summary>
    public required AuditTurnResponse Turn { get; init; }

    /// <summary>When a full turn came to its end last; not there before the first.</summary>
    public DateTime? TurnEndedAt { get; init; }

    /// <summary>How many accounts have new entries from this copy that wait to be audited.</summary>
    public required int Waiting { get; init; }

    /// <summary>For how many seconds the oldest of them has waited.</summary>
    public required double LagSeconds { get; init; }

    /// <summary>What was found and not yet seen to be mended, latest first; at most 100.</summary>
    public required IReadOnlyList<AuditFindingResponse> Findings { get; init; }

    public static AuditResponse From(AuditSnapshot audit, RecentEntries recent, bool isEnabled) => new()
    {
        Verdict = audit switch
        {
            { IsBroken: true } => AuditVerdict.Broken,
            { Findings.Count: > 0 } => AuditVerdict.Warning,
            { Progress.TurnEndedAt: not null } => AuditVerdict.Intact,
            _ => AuditVerdict.Unknown,
        },
        Enabled = isEnabled,
        Turn = AuditTurnResponse.From(audit.Progress),
        TurnEndedAt = audit.Progress?.TurnEndedAt,
        Waiting = recent.Count,
        LagSeconds = Math.Round(recent.Lag.TotalSeconds, 1),
        Findings = [.. audit.Findings.Select(AuditFindingResponse.From)],
    };
}

/// <summary>A full turn over the ledger.</summary>
internal sealed record AuditTurnResponse
{
    /// <summary>Its number; 0 before the first.</summary>
    public required long Number { get; init; }

    [JsonConverter(typeof(WireNames<AuditPhase>))]
    public required AuditPhase Phase { get; init; }

    /// <summary>When it began; not there before the first.</summary>
    public DateTime? BeganAt { get; init; }

    /// <summary>How many accounts it has audited.</summary>
    public required long Accounts { get; init; }

    /// <summary>How many entries it has audited.</summary>
    public required long Entries { get; init; }

    /// <summary>How many transfers it has audited.</summary>
    public required long Transfers { get; init; }

    public static AuditTurnResponse From(AuditProgress? progress) => new()
    {
        Number = progress?.Turn ?? 0,
        Phase = progress?.Position.Phase ?? AuditPhase.Resting,
        BeganAt = progress?.TurnBeganAt,
        Accounts = progress?.Accounts ?? 0,
        Entries = progress?.Entries ?? 0,
        Transfers = progress?.Transfers ?? 0,
    };
}

/// <summary>Something that the audit found.</summary>
internal sealed record AuditFindingResponse
{
    [JsonConverter(typeof(WireNames<FindingKind>))]
    public required FindingKind Kind { get; init; }

    /// <summary>Whether it is a matter of care and no broken promise.</summary>
    public required bool Warning { get; init; }

    /// <summary>The account, where it is one's.</summary>
    public long? AccountId { get; init; }

    /// <summary>The sequence number of the entry, where it is one's.</summary>
    public long? Seq { get; init; }

    /// <summary>The transfer, where one is known.</summary>
    public Guid? TransferId { get; init; }

    /// <summary>The currency, where it is a whole currency's.</summary>
    public string? Currency { get; init; }

    public required DateTime FoundAt { get; init; }

    public static AuditFindingResponse From(AuditFinding found) => new()
    {
        Kind = found.Finding.Kind,
        Warning = found.Finding.IsWarning,
        AccountId = found.Finding.AccountId,
        Seq = found.Finding.Seq,
        TransferId = found.Finding.TransferId,
        Currency = found.Finding.Currency,
        FoundAt = found.FoundAt,
    };
}
