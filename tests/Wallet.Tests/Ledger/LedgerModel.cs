using System.Numerics;
using Wallet.Ledger;

namespace Wallet.Tests.Ledger;

/// <summary>
/// The rules once more, as plainly as they can be said and with nothing of the planner's: numbers of any size, no order of looking things
/// up, no hashes, no batches. It writes down every refusal that applies and gives the lowest.
/// </summary>
internal sealed class LedgerModel
{
    private static readonly Dictionary<string, long> LargestTransfers = new() { ["SGD"] = 999_999, ["USD"] = 500, ["JPY"] = long.MaxValue };

    private readonly Dictionary<long, Purse> _purses = [];
    private readonly Dictionary<Guid, (Guid Fingerprint, Outcome Outcome)> _answers = [];

    /// <summary>How many commands had more than one reason to be refused.</summary>
    public int SeveralRefusals { get; private set; }

    public IEnumerable<(long AccountId, BigInteger Balance)> Balances => _purses.OrderBy(p => p.Key).Select(p => (p.Key, p.Value.Balance));

    public void Open(long id, string owner, string currency, bool isSystem) => _purses.Add(id, new Purse(owner, currency, isSystem));

    public void Begin(Chapter chapter)
    {
        if (chapter.Status is { } change)
            _purses[change.AccountId].Status = change.Status;
        if (chapter.Hold is { } hold)
            _purses[hold.AccountId].Held = BigInteger.Min(hold.Amount, _purses[hold.AccountId].Balance);
    }

    public (Outcome Outcome, bool IsReplay) Decide(TransferCommand command)
    {
        if (_answers.TryGetValue(command.Id, out var answer))
            return answer.Fingerprint == command.Fingerprint ? (answer.Outcome, true) : (Outcome.IdempotencyKeyReused, false);

        var refusals = Refusals(command).Distinct().ToList();
        if (refusals.Count > 1)
            SeveralRefusals++;

        var outcome = refusals.Order().FirstOrDefault(Outcome.Done);
        if (outcome == Outcome.Done)
        {
            _purses[command.PayerId!.Value].Balance -= command.Amount;
            _purses[command.PayeeId!.Value].Balance += command.Amount;
        }

        if (outcome == Outcome.Done || command.IsKeyed)
            _answers.Add(command.Id, (command.Fingerprint, outcome));
        return (outcome, false);
    }

    private IEnumerable<Outcome> Refusals(TransferCommand command)
    {
        var payer = command.PayerId is { } payerId ? _purses.GetValueOrDefault(payerId) : null;
        var payee = command.PayeeId is { } payeeId ? _purses.GetValueOrDefault(payeeId) : null;
        var isDeposit = command.Kind == TransferKind.Deposit;

        if (!LargestTransfers.TryGetValue(command.Currency, out var largest))
            yield return Outcome.CurrencyUnknown;
        else if (!isDeposit && command.Amount > largest)
            yield return Outcome.AmountOutOfRange;
        if (command.Amount <= 0)
            yield return Outcome.AmountOutOfRange;

        if (payer is null || isDeposit != payer.IsSystem || (!isDeposit && payer.Owner != command.RequestedBy))
            yield return Outcome.PayerNotFound;
        if (payee is null || payee.IsSystem)
            yield return Outcome.PayeeNotFound;
        if (payer is not null && payer == payee)
            yield return Outcome.SelfTransfer;
        if ((payer is not null && payer.Currency != command.Currency) || (payee is not null && payee.Currency != command.Currency))
            yield return Outcome.CurrencyMismatch;

        if (payer?.Status == AccountStatus.Frozen)
            yield return Outcome.PayerFrozen;
        if (payer?.Status == AccountStatus.Closed)
            yield return Outcome.PayerClosed;
        if (payee?.Status is AccountStatus.Frozen or AccountStatus.Closed)
            yield return Outcome.PayeeUnavailable;

        if (payer is { IsSystem: false } && payer.Balance - payer.Held - command.Amount < 0)
            yield return Outcome.InsufficientFunds;
        if (payer is not null && payer.Balance - command.Amount < long.MinValue)
            yield return Outcome.BalanceLimitExceeded;
        if (payee is not null && payee.Balance + command.Amount > long.MaxValue)
            yield return Outcome.BalanceLimitExceeded;
    }

    private sealed class Purse(string owner, string currency, bool isSystem)
    {
        public string Owner { get; } = owner;

        public string Currency { get; } = currency;

        public bool IsSystem { get; } = isSystem;

        public AccountStatus Status { get; set; } = AccountStatus.Active;

        public BigInteger Balance { get; set; }

        public BigInteger Held { get; set; }
    }
}
