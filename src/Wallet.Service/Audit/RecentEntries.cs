using Microsoft.Extensions.Options;
using Wallet.Ledger;

namespace Wallet.Service.Audit;

/// <summary>
/// The accounts that got new entries from this copy of the service and wait to be audited, the oldest first. A bounded number: what does
/// not fit is left to the full turn. Safe to use from any thread.
/// </summary>
internal sealed class RecentEntries(IOptions<WalletOptions> options, TimeProvider time)
{
    private readonly int _max = options.Value.Audit.Enabled ? options.Value.Audit.WaitingMax : 0;
    private readonly Lock _lock = new();
    private readonly Dictionary<long, Waiting> _waiting = [];
    private readonly Queue<long> _order = [];

    /// <summary>How many accounts wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>How long the one that waits longest has waited.</summary>
    public TimeSpan Lag
    {
        get
        {
            lock (_lock)
                return _order.TryPeek(out var accountId) ? time.GetElapsedTime(_waiting[accountId].Since) : TimeSpan.Zero;
        }
    }

    /// <summary>Takes note of what a batch has posted.</summary>
    public void Note(IReadOnlyList<Decision> decisions)
    {
        if (_max == 0)
            return;
        var now = time.GetTimestamp();
        lock (_lock)
        {
            foreach (var decision in decisions)
            {
                if (decision is not { Outcome: Outcome.Done, IsReplay: false, Transfer: { PayerId: { } payerId, PayerSeq: { } payerSeq, PayeeId: { } payeeId, PayeeSeq: { } payeeSeq } })
                    continue;
                Note(payerId, payerSeq, payerSeq, now);
                Note(payeeId, payeeSeq, payeeSeq, now);
            }
        }
    }

    /// <summary>Puts back what could not be audited now, or not to its end.</summary>
    public void PutBack(RecentStretch stretch)
    {
        lock (_lock)
            Note(stretch.AccountId, stretch.BeginSeq, stretch.LastSeq, stretch.Since);
    }

    /// <summary>Takes the accounts that wait longest, so many that their new entries are about <paramref name="entriesMax"/>.</summary>
    public List<RecentStretch> Take(int entriesMax)
    {
        var taken = new List<RecentStretch>();
        lock (_lock)
        {
            for (var left = (long)entriesMax; left > 0 && _order.TryDequeue(out var accountId);)
            {
                _waiting.Remove(accountId, out var waiting);
                taken.Add(new RecentStretch(accountId, waiting.BeginSeq, waiting.LastSeq, waiting.Since));
                left -= waiting.LastSeq - waiting.BeginSeq + 2;
            }
        }

        return taken;
    }

    private void Note(long accountId, long beginSeq, long lastSeq, long now)
    {
        if (_waiting.TryGetValue(accountId, out var waiting))
        {
            _waiting[accountId] = new Waiting(Math.Min(waiting.BeginSeq, beginSeq), Math.Max(waiting.LastSeq, lastSeq), Math.Min(waiting.Since, now));
        }
        else if (_waiting.Count < _max)
        {
            _waiting.Add(accountId, new Waiting(beginSeq, lastSeq, now));
            _order.Enqueue(accountId);
        }
    }

    private readonly record struct Waiting(long BeginSeq, long LastSeq, long Since);
}

/// <summary>New entries of an account.</summary>
/// <param name="AccountId">The account.</param>
/// <param name="BeginSeq">The sequence number of the first.</param>
/// <param name="LastSeq">That of the last that is known of.</param>
/// <param name="Since">Since when the first has waited, as a timestamp.</param>
internal readonly record struct RecentStretch(long AccountId, long BeginSeq, long LastSeq, long Since);
