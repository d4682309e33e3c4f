using System.Runtime.InteropServices;

namespace Wallet.Ledger;

/// <summary>What a batch is decided on: every account and every recorded transfer that its commands name, as of one moment.</summary>
/// <param name="Accounts">The accounts that exist among those named.</param>
/// <param name="Recorded">The transfers that exist among the commands' ids.</param>
public sealed record LedgerSnapshot(IReadOnlyCollection<Account> Accounts, IReadOnlyCollection<Transfer> Recorded);

/// <summary>What became of one command.</summary>
/// <param name="Outcome">Why it was refused, or <see cref="Outcome.Done"/>.</param>
/// <param name="IsReplay">Whether the answer is one that was given before, under the same key.</param>
/// <param name="Transfer">The transfer; null where it was refused and nothing is recorded.</param>
public readonly record struct Decision(Outcome Outcome, bool IsReplay, Transfer? Transfer);

/// <summary>An account that a batch changes.</summary>
/// <param name="Before">As it was read.</param>
/// <param name="After">As it must be written, if its version is still that of <paramref name="Before"/>.</param>
public readonly record struct AccountChange(Account Before, Account After);

/// <summary>What a store must write, in one transaction, and what the callers are told once it has committed.</summary>
public sealed record BatchPlan
{
    /// <summary>One for each command, in their order.</summary>
    public required IReadOnlyList<Decision> Decisions { get; init; }

    /// <summary>The new transfers, posted and refused.</summary>
    public required IReadOnlyList<Transfer> Transfers { get; init; }

    /// <summary>The new entries; those of one account in the order of their sequence numbers.</summary>
    public required IReadOnlyList<Entry> Entries { get; init; }

    /// <summary>The accounts with new entries, by id.</summary>
    public required IReadOnlyList<AccountChange> Changes { get; init; }

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty => Transfers.Count == 0;
}

/// <summary>
/// The rules of the ledger. Decides a batch of commands in their order against a snapshot: a later command sees what an earlier one
/// did, a refusal leaves no trace on any balance and fails alone. Pure: no clock, no I/O, the same input gives the same plan. Safe to
/// call from any thread.
/// </summary>
/// <param name="currencies">The currencies that the wallet keeps.</param>
public sealed class BatchPlanner(CurrencyTable currencies)
{
    /// <summary>Decides the commands.</summary>
    /// <param name="snapshot">Must hold every account and recorded transfer that exists among those the commands name.</param>
    /// <param name="commands">At most <see cref="Limits.BatchCommandsMax"/>.</param>
    /// <param name="now">The time to record, UTC; cut to whole microseconds. Moved forward where an account's latest entry is later.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are too many commands.</exception>
    public BatchPlan Plan(LedgerSnapshot snapshot, IReadOnlyList<TransferCommand> commands, DateTime now)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(commands.Count, Limits.BatchCommandsMax);

        var batch = new Batch(snapshot, currencies, LedgerTime.Cut(now), commands.Count);
        foreach (var command in commands)
            batch.Decide(command);
        return batch.ToPlan();
    }

    /// <summary>One change of one balance; those of a transfer sum to zero per currency.</summary>
    private readonly record struct Posting(long AccountId, long Amount, long CounterpartyId);

    /// <summary>An account in the course of a batch: as it was read, and as it is after the commands decided so far.</summary>
    private record struct Slot(Account Before, Account Now);

    private sealed class Batch
    {
        private readonly CurrencyTable _currencies;
        private readonly DateTime _now;
        private readonly Dictionary<long, Slot> _accounts;
        private readonly Dictionary<Guid, Transfer> _recorded;
        private readonly List<Decision> _decisions;
        private readonly List<Transfer> _transfers;
        private readonly List<Entry> _entries;

        public Batch(LedgerSnapshot snapshot, CurrencyTable currencies, DateTime now, int size)
        {
            _currencies = currencies;
            _now = now;
            _accounts = new Dictionary<long, Slot>(snapshot.Accounts.Count);
            foreach (var account in snapshot.Accounts)
                _accounts.Add(account.Id, new Slot(account, account));
            _recorded = new Dictionary<Guid, Transfer>(snapshot.Recorded.Count + size);
            foreach (var transfer in snapshot.Recorded)
                _recorded.Add(transfer.Id, transfer);
            _decisions = new List<Decision>(size);
            _transfers = new List<Transfer>(size);
            _entries = new List<Entry>(2 * size);
        }

        public void Decide(TransferCommand command)
        {
            if (_recorded.TryGetValue(command.Id, out var earlier))
            {
                _decisions.Add(earlier.Fingerprint == command.Fingerprint
                    ? new Decision(earlier.Outcome, IsReplay: true, earlier)
                    : new Decision(Outcome.IdempotencyKeyReused, IsReplay: false, Transfer: null));
                return;
            }

            var outcome = Judge(command);
            if (outcome != Outcome.Done && !command.IsKeyed)
            {
                _decisions.Add(new Decision(outcome, IsReplay: false, Transfer: null));
                return;
            }

            // From here on nothing can fail: what is recorded is what is answered.
            var transfer = outcome == Outcome.Done ? Post(command) : Reject(command, outcome);
            _recorded.Add(transfer.Id, transfer);
            _transfers.Add(transfer);
            _decisions.Add(new Decision(outcome, IsReplay: false, transfer));
        }

        public BatchPlan ToPlan()
        {
            var changes = new List<AccountChange>(_accounts.Count);
            foreach (var slot in _accounts.Values)
            {
                if (!ReferenceEquals(slot.Before, slot.Now))
                    changes.Add(new AccountChange(slot.Before, slot.Now with { Version = slot.Before.Version + 1 }));
            }

            changes.Sort(static (a, b) => a.After.Id.CompareTo(b.After.Id));
            return new BatchPlan { Decisions = _decisions, Transfers = _transfers, Entries = _entries, Changes = changes };
        }

        /// <summary>The rules, in the order of the outcomes' numbers.</summary>
        private Outcome Judge(TransferCommand command)
        {
            if (_currencies.Find(command.Currency) is not { } currency)
                return Outcome.CurrencyUnknown;
            if (command.Amount < 1 || (command.Kind == TransferKind.Transfer && command.Amount > currency.LargestTransfer))
                return Outcome.AmountOutOfRange;
            if (Find(command.PayerId) is not { } payer || !MayPay(command, payer))
                return Outcome.PayerNotFound;
            if (Find(command.PayeeId) is not { Kind: AccountKind.User } payee)
                return Outcome.PayeeNotFound;
            if (payer.Id == payee.Id)
                return Outcome.SelfTransfer;
            if (payer.Currency != currency.Code || payee.Currency != currency.Code)
                return Outcome.CurrencyMismatch;
            if (payer.Status == AccountStatus.Frozen)
                return Outcome.PayerFrozen;
            if (payer.Status == AccountStatus.Closed)
                return Outcome.PayerClosed;
            if (payee.Status != AccountStatus.Active)
                return Outcome.PayeeUnavailable;
            if (payer.Kind == AccountKind.User && payer.Available < command.Amount)
                return Outcome.InsufficientFunds;
            if (payer.Balance < long.MinValue + command.Amount || payee.Balance > long.MaxValue - command.Amount)
                return Outcome.BalanceLimitExceeded;
            return Outcome.Done;
        }

        /// <summary>Only the owner pays from a user's account; only a deposit pays from a system account.</summary>
        private static bool MayPay(TransferCommand command, Account payer) => command.Kind switch
        {
            TransferKind.Transfer => payer.Kind == AccountKind.User && payer.UserId == command.RequestedBy,
            TransferKind.Deposit => payer.Kind == AccountKind.System,
        };

        private Account? Find(long? id) => id is { } known && _accounts.TryGetValue(known, out var slot) ? slot.Now : null;

        private Transfer Post(TransferCommand command)
        {
            var payerId = command.PayerId!.Value;
            var payeeId = command.PayeeId!.Value;
            ReadOnlySpan<Posting> postings =
            [
                new(payerId, -command.Amount, payeeId),
                new(payeeId, command.Amount, payerId),
            ];
            var createdAt = TimeOf(postings);
            var messageDigest = HashChain.MessageDigest(command.Message);

            var first = _entries.Count;
            foreach (var posting in postings)
                Append(command, posting, createdAt, messageDigest);
            var payerEntry = _entries[first];
            var payeeEntry = _entries[first + 1];

            return Record(command, Outcome.Done, createdAt, payerEntry.Seq, payeeEntry.Seq, payerEntry.BalanceAfter);
        }

        private Transfer Reject(TransferCommand command, Outcome outcome) => Record(command, outcome, _now, null, null, null);

        private void Append(TransferCommand command, Posting posting, DateTime createdAt, in Hash256 messageDigest)
        {
            ref var slot = ref CollectionsMarshal.GetValueRefOrNullRef(_accounts, posting.AccountId);
            var account = slot.Now;
            var entry = new Entry
            {
                AccountId = account.Id,
                Seq = account.EntryCount + 1,
                TransferId = command.Id,
                Kind = command.Kind,
                Amount = posting.Amount,
                BalanceAfter = account.Balance + posting.Amount,
                CounterpartyId = posting.CounterpartyId,
                Message = command.Message,
                CreatedAt = createdAt,
                Hash = default,
            };
            entry = entry with { Hash = HashChain.Link(account.Head, entry, messageDigest) };
            slot.Now = account with
            {
                Balance = entry.BalanceAfter,
                EntryCount = entry.Seq,
                Head = entry.Hash,
                ChangedAt = createdAt,
            };
            _entries.Add(entry);
        }

        /// <summary>Now, or the latest entry of an account that was written by a copy whose clock is ahead.</summary>
        private DateTime TimeOf(ReadOnlySpan<Posting> postings)
        {
            var time = _now;
            foreach (var posting in postings)
            {
                var changedAt = _accounts[posting.AccountId].Now.ChangedAt;
                if (changedAt > time)
                    time = changedAt;
            }

            return time;
        }

        private static Transfer Record(
            TransferCommand command, Outcome outcome, DateTime createdAt, long? payerSeq, long? payeeSeq, long? payerBalanceAfter) => new()
            {
                Id = command.Id,
                Fingerprint = command.Fingerprint,
                Kind = command.Kind,
                Outcome = outcome,
                RequestedBy = command.RequestedBy,
                PayerId = command.PayerId,
                PayeeId = command.PayeeId,
                Amount = command.Amount,
                Currency = command.Currency,
                Message = command.Message,
                CreatedAt = createdAt,
                PayerSeq = payerSeq,
                PayeeSeq = payeeSeq,
                PayerBalanceAfter = payerBalanceAfter,
            };
    }
}
