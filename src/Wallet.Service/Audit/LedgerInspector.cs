using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Service.Audit;

/// <summary>What an audit of some entries of an account came to.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="Position">After the latest entry that was audited.</param>
/// <param name="IsComplete">Whether that was the account's latest, and its row was audited as well.</param>
/// <param name="Rows">How many rows were read.</param>
/// <param name="Paid">The transfers that the account paid with these entries.</param>
/// <param name="Findings">What was found.</param>
internal sealed record AccountInspection(
    long AccountId, ChainPosition Position, bool IsComplete, int Rows, IReadOnlyList<Guid> Paid, IReadOnlyList<LedgerFinding> Findings);

/// <summary>
/// Looks at parts of the ledger and audits what it sees. A finding counts only where a second look, a moment later, finds the same: what is
/// broken stays so, and what a database across several servers shows half of, for an instant, does not. Safe to use from any thread.
/// </summary>
/// <param name="store">Where to look.</param>
/// <param name="time">Now.</param>
/// <param name="clockTolerance">How far in the future an entry may be.</param>
internal sealed class LedgerInspector(IAuditStore store, TimeProvider time, TimeSpan clockTolerance)
{
    private static readonly TimeSpan SecondLook = TimeSpan.FromMilliseconds(200);

    /// <summary>Audits accounts from where each was audited to before. Those that do not exist are left out.</summary>
    /// <param name="positions">The accounts: where to begin in each, and how many entries to look at.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>In the order in which they were given.</returns>
    public async Task<IReadOnlyList<AccountInspection>> InspectAsync(IReadOnlyList<AccountStretch> positions, CancellationToken cancellationToken)
    {
        var first = await LookAsync(positions, cancellationToken);
        var suspects = first.Where(static inspection => inspection.Findings.Count > 0).Select(static inspection => inspection.AccountId).ToHashSet();
        if (suspects.Count == 0)
            return first;
        await Task.Delay(SecondLook, time, cancellationToken);
        var second = (await LookAsync([.. positions.Where(position => suspects.Contains(position.AccountId))], cancellationToken))
            .ToDictionary(static inspection => inspection.AccountId);
        return
        [
            .. first.Select(inspection => second.GetValueOrDefault(inspection.AccountId) is { } again
                ? again with { Findings = Both(inspection.Findings, again.Findings) }
                : inspection),
        ];
    }

    /// <summary>Audits transfers with their entries.</summary>
    public async Task<IReadOnlyList<LedgerFinding>> InspectAsync(IReadOnlyList<Guid> transferIds, CancellationToken cancellationToken)
    {
        var findings = await LookAsync(transferIds, cancellationToken);
        if (findings.Count == 0)
            return findings;
        await Task.Delay(SecondLook, time, cancellationToken);
        return Both(findings, await LookAsync([.. findings.Select(static finding => finding.TransferId!.Value).Distinct()], cancellationToken));
    }

    /// <summary>What the second look found again, be it further on in an account that has grown meanwhile.</summary>
    private static IReadOnlyList<LedgerFinding> Both(IReadOnlyList<LedgerFinding> first, IReadOnlyList<LedgerFinding> second)
    {
        var known = first.Select(static finding => finding with { Seq = null }).ToHashSet();
        return [.. second.Where(finding => known.Contains(finding with { Seq = null }))];
    }

    private async Task<IReadOnlyList<AccountInspection>> LookAsync(IReadOnlyList<AccountStretch> positions, CancellationToken cancellationToken)
    {
        var latest = time.GetUtcNow().UtcDateTime + clockTolerance;
        try
        {
            var looks = await store.LookAtAccountsAsync([.. positions.Select(static position => position.Range)], cancellationToken);
            var byId = looks.ToDictionary(static look => look.Account.Id);
            return [.. positions.Where(position => byId.ContainsKey(position.AccountId)).Select(position => Audit(position, byId[position.AccountId], latest))];
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            if (positions is [var only])
                return [new AccountInspection(only.AccountId, default, IsComplete: true, 1, [], [new LedgerFinding(FindingKind.Unreadable, only.AccountId)])];
        }

        // One of them cannot be read.
        var inspections = new List<AccountInspection>(positions.Count);
        foreach (var position in positions)
            inspections.AddRange(await LookAsync([position], cancellationToken));
        return inspections;
    }

    private static AccountInspection Audit(AccountStretch stretch, AccountLook look, DateTime latest)
    {
        // The place one past the latest entry is looked at as well: there must be nothing.
        var isComplete = look.Account.EntryCount < stretch.Range.LastSeq;
        var findings = new List<LedgerFinding>();
        var position = stretch.From ?? default;
        try
        {
            var audit = new AccountAudit(look.Account, stretch.From ?? ChainPosition.Opening(look.Account));
            foreach (var entry in look.Entries)
                audit.Follow(entry, look.Transfers.GetValueOrDefault(entry.TransferId));
            if (isComplete)
                audit.Finish(latest);
            else
                audit.Reach(stretch.Range.LastSeq);
            findings.AddRange(audit.Findings);
            position = audit.Position;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            isComplete = true;
            findings.Add(new LedgerFinding(FindingKind.Unreadable, look.Account.Id));
        }

        return new AccountInspection(
            look.Account.Id, position, isComplete, 1 + look.Entries.Count,
            [.. look.Entries.Where(static entry => entry.Amount < 0).Select(static entry => entry.TransferId)], findings);
    }

    private async Task<IReadOnlyList<LedgerFinding>> LookAsync(IReadOnlyList<Guid> transferIds, CancellationToken cancellationToken)
    {
        try
        {
            var looks = await store.LookAtTransfersAsync(transferIds, cancellationToken);
            return [.. looks.SelectMany(static look => TransferAudit.Check(look.Transfer, look.PayerEntry, look.PayeeEntry))];
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            if (transferIds is [var only])
                return [new LedgerFinding(FindingKind.Unreadable, TransferId: only)];
        }

        var findings = new List<LedgerFinding>();
        foreach (var id in transferIds)
            findings.AddRange(await LookAsync([id], cancellationToken));
        return findings;
    }

    /// <summary>Whether a row holds what no record of the ledger can: a number out of its range, a hash of another length, nothing where something must be.</summary>
    private static bool IsUnreadable(Exception exception) => exception is OverflowException or ArgumentException or InvalidCastException;
}

/// <summary>A stretch of an account's chain to audit.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="From">Where it begins; null to begin at the opening.</param>
/// <param name="EntriesMax">How many entries to look at.</param>
internal readonly record struct AccountStretch(long AccountId, ChainPosition? From, int EntriesMax)
{
    public AuditRange Range => new(AccountId, From?.Seq ?? 0, EntriesMax);
}
