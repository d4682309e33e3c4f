using Wallet.Service.Storage;

namespace Wallet.Service.Audit;

/// <summary>What is known of the audit, as this copy of the service read it last. Safe to use from any thread.</summary>
internal sealed class AuditState
{
    private volatile AuditSnapshot _current = new(null, []);

    public AuditSnapshot Current => _current;

    public void Show(AuditProgress? progress, IReadOnlyList<AuditFinding> findings) => _current = new AuditSnapshot(progress, findings);
}

/// <param name="Progress">How far the full turn has come; null before it was read.</param>
/// <param name="Findings">What was found, latest first.</param>
internal sealed record AuditSnapshot(AuditProgress? Progress, IReadOnlyList<AuditFinding> Findings)
{
    /// <summary>Whether a promise of the ledger is broken.</summary>
    public bool IsBroken => Findings.Any(static finding => !finding.Finding.IsWarning);
}
