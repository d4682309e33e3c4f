using System.Globalization;
using Wallet.Ledger;
using Wallet.Service.Http;
using Wallet.Service.Startup;

namespace Wallet.Bench.Data;

/// <summary>A transfer with its two entries.</summary>
internal readonly record struct PlannedTransfer(Transfer Transfer, Entry Payer, Entry Payee);

/// <summary>
/// The ledger that a plan describes, as the service itself would have written it. Made row after row; only the state of each account is
/// held, 56 bytes. Not thread-safe while <see cref="Transfers"/> runs.
/// </summary>
internal sealed class PlannedLedger
{
    private const int TransfersPerMessage = 4;

    private static readonly (string Text, Hash256 Digest)[] Messages =
        [.. new[] { "lunch", "your share of the rent", "taxi home", "Danke für gestern 🍜" }.Select(static text => (text, HashChain.MessageDigest(text)))];

    private readonly LoadPlan _plan;
    private readonly Account _world;
    private readonly long _start; // microseconds
    private readonly State[] _states; // the world's comes last

    /// <param name="plan">What to make.</param>
    /// <param name="world">The account that the deposits come from, which has no entries yet.</param>
    public PlannedLedger(LoadPlan plan, Account world)
    {
        _plan = plan;
        _world = world;
        _start = LedgerTime.ToMicroseconds(plan.Start > world.CreatedAt ? plan.Start : world.CreatedAt);
        _states = new State[plan.Accounts + 1];
        _states[plan.Accounts] = new State { Head = world.Head, ChangedAt = world.ChangedAt };
    }

    /// <summary>The account that the deposits come from, after the transfers made so far.</summary>
    public Account World => After(_world, _states[_plan.Accounts]);

    /// <summary>The accounts after the transfers made so far, by id.</summary>
    public IEnumerable<Account> Accounts => Indexes.Select(index => After(AccountOpening.Open(Opening(index), LoadPlan.AccountId(index), OpenedAt(index)), _states[index]));

    /// <summary>The requests that opened the accounts, and the accounts' ids.</summary>
    public IEnumerable<(OpenAccountCommand Request, long AccountId)> Openings => Indexes.Select(index => (Opening(index), LoadPlan.AccountId(index)));

    private IEnumerable<long> Indexes => Enumerable.Sequence(0L, _plan.Accounts - 1, 1L);

    /// <summary>Makes the transfers, in the order of their times. Once.</summary>
    public IEnumerable<PlannedTransfer> Transfers()
    {
        for (var index = 0L; index < _plan.Accounts; index++)
        {
            _states[index] = new State { Head = HashChain.Opening(LoadPlan.AccountId(index), LoadPlan.UserId(index), _plan.Currency, OpenedAt(index)) };
            yield return Post(TransferKind.Deposit, index, _plan.Accounts, index, _plan.OpeningBalance);
        }

        var number = _plan.Accounts;
        for (var round = 0; round < _plan.TransfersPerAccount; round++)
        {
            var step = 1 + (round * 7_919L % (_plan.Accounts - 1));
            for (var index = 0L; index < _plan.Accounts; index++)
            {
                var amount = 1 + (((index * 31) + (round * 17L)) % LoadPlan.LargestAmount);
                yield return Post(TransferKind.Transfer, number++, index, (index + step) % _plan.Accounts, amount);
            }
        }
    }

    private PlannedTransfer Post(TransferKind kind, long number, long payer, long payee, long amount)
    {
        var requestedBy = kind == TransferKind.Deposit ? SystemAccounts.World : LoadPlan.UserId(payer);
        var id = RequestId.FromKey(requestedBy, string.Create(CultureInfo.InvariantCulture, $"load/{number}"));
        var createdAt = LedgerTime.FromMicroseconds(_start + _plan.Accounts + number);
        var (message, digest) = number % TransfersPerMessage == 0 ? Messages[number / TransfersPerMessage % Messages.Length] : default;

        var payerEntry = Append(payer, -amount, payee);
        var payeeEntry = Append(payee, amount, payer);
        var transfer = new Transfer
        {
            Id = id,
            Fingerprint = id,
            Kind = kind,
            Outcome = Outcome.Done,
            RequestedBy = requestedBy,
            PayerId = payerEntry.AccountId,
            PayeeId = payeeEntry.AccountId,
            Amount = amount,
            Currency = _plan.Currency,
            Message = message,
            CreatedAt = createdAt,
            PayerSeq = payerEntry.Seq,
            PayeeSeq = payeeEntry.Seq,
            PayerBalanceAfter = payerEntry.BalanceAfter,
        };
        return new PlannedTransfer(transfer, payerEntry, payeeEntry);

        Entry Append(long index, long signedAmount, long counterparty)
        {
            ref var state = ref _states[index];
            state.Balance += signedAmount;
            state.EntryCount++;
            state.ChangedAt = createdAt;
            var entry = new Entry
            {
                AccountId = IdOf(index),
                Seq = state.EntryCount,
                TransferId = id,
                Kind = kind,
                Amount = signedAmount,
                BalanceAfter = state.Balance,
                CounterpartyId = IdOf(counterparty),
                Message = message,
                CreatedAt = createdAt,
                Hash = default,
            };
            state.Head = HashChain.Link(state.Head, entry, digest);
            return entry with { Hash = state.Head };
        }
    }

    private long IdOf(long index) => index == _plan.Accounts ? _world.Id : LoadPlan.AccountId(index);

    private DateTime OpenedAt(long index) => LedgerTime.FromMicroseconds(_start + index);

    private OpenAccountCommand Opening(long index)
    {
        var userId = LoadPlan.UserId(index);
        var id = RequestId.FromKey(userId, "load/open");
        return new OpenAccountCommand
        {
            RequestId = id,
            Fingerprint = id,
            UserId = userId,
            Name = AccountOpening.DefaultName,
            Currency = _plan.Currency,
            Kind = AccountKind.User,
        };
    }

    private static Account After(Account opened, in State state) => opened with
    {
        Balance = state.Balance,
        Version = 1 + state.EntryCount, // as if each transfer had been committed alone
        EntryCount = state.EntryCount,
        Head = state.Head,
        ChangedAt = state.ChangedAt,
    };

    private record struct State
    {
        public Hash256 Head;
        public long Balance;
        public long EntryCount;
        public DateTime ChangedAt;
    }
}
