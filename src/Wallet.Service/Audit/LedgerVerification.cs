using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Service.Audit;

/// <summary>
/// Checks the whole ledger once, while it may be in use: the sums in one snapshot, each account and each transfer in one of its own. Holds
/// a few thousand rows at a time, whatever the ledger's size, and writes nothing.
/// </summary>
internal sealed class LedgerVerification(IAuditStore store, TimeProvider time, TimeSpan clockTolerance)
{
    private const int RowsPerStep = 2_000;
    private const int KnownMax = 10_000;

    private readonly LedgerWalk _walk = new(store, new LedgerInspector(store, time, clockTolerance), RowsPerStep, sumAccountsMax: null);

    /// <summary>Counts and sums, which also tells how much there is to verify.</summary>
    public Task<LedgerTotals> CountAsync(CancellationToken cancellationToken) => store.CountAllAsync(cancellationToken);

    /// <summary>Verifies everything.</summary>
    /// <param name="ledger">Which ledger it is, for the report.</param>
    /// <param name="whole">The ledger as it was counted.</param>
    /// <param name="onProgress">Is told how many rows have been verified.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<VerifyReport> RunAsync(string ledger, LedgerTotals whole, Action<long> onProgress, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var shown = new List<VerifyFinding>();
        var known = new HashSet<LedgerFinding>(); // an entry may be found from its account and from its transfer
        var (count, isBroken) = (0L, false);
        var (accounts, entries, transfers) = (0L, 0L, 0L);

        for (var position = AuditPosition.Begin; position.Phase != AuditPhase.Resting;)
        {
            var step = await _walk.StepAsync(position, cancellationToken);
            Add(step.Findings);
            (accounts, entries, transfers) = (accounts + step.Accounts, entries + step.Entries, transfers + step.Transfers);
            onProgress(accounts + entries + transfers);
            position = step.Next;
        }

        // Last, so that the row which a wrong sum comes from is named first.
        Add(whole.Check());
        return new VerifyReport
        {
            Ledger = ledger,
            Intact = !isBroken,
            Accounts = accounts,
            Entries = entries,
            Transfers = transfers,
            Currencies = whole.Currencies,
            FindingCount = count,
            Findings = shown,
            Seconds = Math.Round(time.GetElapsedTime(began).TotalSeconds, 3),
        };

        void Add(IReadOnlyList<LedgerFinding> findings)
        {
            foreach (var finding in findings)
            {
                if (known.Contains(finding))
                    continue;
                if (known.Count < KnownMax)
                    known.Add(finding);
                count++;
                isBroken |= !finding.IsWarning;
                if (shown.Count < VerifyReport.FindingsShownMax)
                    shown.Add(VerifyFinding.From(finding));
            }
        }
    }
}
