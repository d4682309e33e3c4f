using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Service.Audit;

/// <summary>What a step of a walk came to.</summary>
/// <param name="Next">Where the next step begins; at rest where this was the last.</param>
/// <param name="Findings">What was found.</param>
internal sealed record WalkStep(AuditPosition Next, IReadOnlyList<LedgerFinding> Findings)
{
    /// <summary>How many accounts were audited to their end.</summary>
    public int Accounts { get; init; }

    public int Entries { get; init; }

    public int Transfers { get; init; }

    /// <summary>How many rows were read.</summary>
    public int Rows => Accounts + Entries + Transfers;
}

/// <summary>
/// Walks the whole ledger in steps of bounded work: every account with its entries, by id; every transfer with its two entries, by id; the
/// sum of each currency. A step knows nothing but where it begins, so a walk can be left and gone on with by anyone.
/// </summary>
/// <param name="store">The ledger.</param>
/// <param name="inspector">Looks at its parts.</param>
/// <param name="rowsMax">How many rows a step reads at the most.</param>
/// <param name="sumAccountsMax">Up to how many accounts the balances are summed; null where that is somebody else's.</param>
internal sealed class LedgerWalk(IAuditStore store, LedgerInspector inspector, int rowsMax, int? sumAccountsMax)
{
    /// <summary>Takes a step.</summary>
    /// <exception cref="ArgumentException">The walk is at rest.</exception>
    public Task<WalkStep> StepAsync(AuditPosition position, CancellationToken cancellationToken) => position.Phase switch
    {
        AuditPhase.Resting => throw new ArgumentException("A walk begins at its beginning.", nameof(position)),
        AuditPhase.Accounts => WalkAccountsAsync(position, cancellationToken),
        AuditPhase.Transfers => WalkTransfersAsync(position, cancellationToken),
        AuditPhase.Sums => SumAsync(position, cancellationToken),
    };

    private async Task<WalkStep> WalkAccountsAsync(AuditPosition position, CancellationToken cancellationToken)
    {
        List<AccountStretch> stretches = position.Chain is { } chain
            ? [new AccountStretch(position.AccountId, chain, rowsMax)]
            : Fit(await store.FindAccountsAfterAsync(position.AccountId, rowsMax, cancellationToken));
        if (stretches.Count == 0)
            return new WalkStep(position with { Phase = AuditPhase.Transfers }, []);

        var findings = new List<LedgerFinding>();
        var (accounts, entries) = (0, 0);
        var next = position with { AccountId = stretches[^1].AccountId, Chain = null };
        foreach (var inspection in await inspector.InspectAsync(stretches, cancellationToken))
        {
            findings.AddRange(inspection.Findings);
            entries += inspection.Rows - 1;
            if (!inspection.IsComplete)
            {
                // A large account, or one that has grown since: the next step goes on in it.
                next = position with { AccountId = inspection.AccountId, Chain = inspection.Position };
                break;
            }

            accounts++;
        }

        return new WalkStep(next, findings) { Accounts = accounts, Entries = entries };
    }

    /// <summary>So many of the accounts that their entries fit into a step; the first at least in part.</summary>
    private List<AccountStretch> Fit(IReadOnlyList<AccountExtent> accounts)
    {
        var stretches = new List<AccountStretch>();
        var left = (long)rowsMax;
        foreach (var account in accounts)
        {
            if (left <= 0)
                break;
            var wanted = account.EntryCount + 1;
            stretches.Add(new AccountStretch(account.AccountId, null, (int)Math.Clamp(wanted, 1, left)));
            left -= wanted;
        }

        return stretches;
    }

    private async Task<WalkStep> WalkTransfersAsync(AuditPosition position, CancellationToken cancellationToken)
    {
        var ids = await store.FindTransfersAfterAsync(position.TransferId, rowsMax, cancellationToken);
        if (ids.Count == 0)
            return new WalkStep(position with { Phase = AuditPhase.Sums }, []);
        return new WalkStep(position with { TransferId = ids[^1] }, await inspector.InspectAsync(ids, cancellationToken)) { Transfers = ids.Count };
    }

    private async Task<WalkStep> SumAsync(AuditPosition position, CancellationToken cancellationToken)
    {
        var totals = sumAccountsMax is { } max and > 0 ? await store.SumAccountsAsync(max, cancellationToken) : null;
        return new WalkStep(position with { Phase = AuditPhase.Resting }, totals?.Check() ?? []);
    }
}
