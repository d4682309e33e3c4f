using System.Numerics;
using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Tests.Model;

/// <summary>What the model says of a command.</summary>
internal readonly record struct ModelAnswer(Outcome Outcome, bool IsReplay, Transfer? Transfer);

/// <summary>
/// The wallet once more, as plainly as it can be said and with nothing of the planner's: lists that are searched from one end to the other,
/// numbers of any size, no batches, no hashes. It writes down every refusal that applies and gives the lowest.
/// </summary>
/// <param name="largestTransfers">The largest transfer of each currency that the wallet keeps.</param>
internal sealed class LedgerModel(IReadOnlyDictionary<string, long> largestTransfers)
{
    private readonly List<ModelAccount> _accounts = [];
    private readonly List<Transfer> _transfers = [];
    private readonly List<(Guid RequestId, Guid Fingerprint, long AccountId)> _openings = [];

    public IReadOnlyList<ModelAccount> Accounts => _accounts;

    /// <summary>What is recorded, posted and refused.</summary>
    public IReadOnlyList<Transfer> Transfers => _transfers;

    /// <summary>How many commands had more than one reason to be refused.</summary>
    public int SeveralRefusals { get; private set; }

    public ModelAccount Account(long id) => _accounts.Single(a => a.Id == id);

    public Transfer? FindTransfer(Guid id) => _transfers.SingleOrDefault(t => t.Id == id);

    /// <summary>The user's accounts, oldest first.</summary>
    public IEnumerable<ModelAccount> AccountsOf(string userId) => _accounts.Where(a => a.UserId == userId).OrderBy(a => a.Id);

    /// <summary>What an opening comes to. One that is done and no replay is to be told by <see cref="Opened"/>, with the id that the ledger gave.</summary>
    public (Outcome Outcome, long? ReplayedId) Open(OpenAccountCommand command)
    {
        foreach (var (requestId, fingerprint, accountId) in _openings)
        {
            if (requestId == command.RequestId)
                return fingerprint == command.Fingerprint ? (Outcome.Done, accountId) : (Outcome.IdempotencyKeyReused, null);
        }

        var refusals = new List<Outcome>();
        if (!largestTransfers.ContainsKey(command.Currency))
            refusals.Add(Outcome.CurrencyUnknown);
        if (AccountsOf(command.UserId).Any(a => (a.Currency, a.Name) == (command.Currency, command.Name)))
            refusals.Add(Outcome.AccountNameTaken);
        if (command.Kind == AccountKind.User && AccountsOf(command.UserId).Count() >= 50)
            refusals.Add(Outcome.TooManyAccounts);
        return (refusals.Order().FirstOrDefault(Outcome.Done), null);
    }

    public void Opened(OpenAccountCommand command, long id, DateTime now)
    {
        _accounts.Add(new ModelAccount
        {
            Id = id,
            UserId = command.UserId,
            Name = command.Name,
            Currency = command.Currency,
            IsSystem = command.Kind == AccountKind.System,
            CreatedAt = WholeMicroseconds(now),
        });
        _openings.Add((command.RequestId, command.Fingerprint, id));
    }

    /// <summary>An operator changes an account.</summary>
    public void Change(long id, AccountStatus status, long held)
    {
        var account = Account(id);
        (account.Status, account.Held) = (status, held);
        account.Version++;
    }

    /// <summary>Decides a batch, command by command. A row that a batch changes is written once.</summary>
    public IReadOnlyList<ModelAnswer> Decide(IReadOnlyList<TransferCommand> batch, DateTime now)
    {
        var before = _accounts.Select(a => a.Lines.Count).ToList();
        var answers = batch.Select(command => Decide(command, WholeMicroseconds(now))).ToList();
        for (var i = 0; i < _accounts.Count; i++)
        {
            if (_accounts[i].Lines.Count > before[i])
                _accounts[i].Version++;
        }

        return answers;
    }

    private ModelAnswer Decide(TransferCommand command, DateTime now)
    {
        if (FindTransfer(command.Id) is { } earlier)
        {
            return earlier.Fingerprint == command.Fingerprint
                ? new ModelAnswer(earlier.Outcome, IsReplay: true, earlier)
                : new ModelAnswer(Outcome.IdempotencyKeyReused, IsReplay: false, null);
        }

        var refusals = Refusals(command).Distinct().ToList();
        if (refusals.Count > 1)
            SeveralRefusals++;
        var outcome = refusals.Order().FirstOrDefault(Outcome.Done);
        if (outcome != Outcome.Done && !command.IsKeyed)
            return new ModelAnswer(outcome, IsReplay: false, null);

        var transfer = new Transfer
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
            CreatedAt = now,
            PayerSeq = null,
            PayeeSeq = null,
            PayerBalanceAfter = null,
        };
        if (outcome == Outcome.Done)
        {
            var (payer, payee) = (Account(command.PayerId!.Value), Account(command.PayeeId!.Value));
            var time = new[] { now, payer.ChangedAt, payee.ChangedAt }.Max();
            Move(payer, -command.Amount, payee.Id, time);
            Move(payee, command.Amount, payer.Id, time);
            transfer = transfer with
            {
                CreatedAt = time,
                PayerSeq = payer.Lines.Count,
                PayeeSeq = payee.Lines.Count,
                PayerBalanceAfter = (long)payer.Balance,
            };
        }

        _transfers.Add(transfer);
        return new ModelAnswer(outcome, IsReplay: false, transfer);

        void Move(ModelAccount account, long amount, long counterpartyId, DateTime time) => account.Lines.Add(new ModelLine(
            account.Id, account.Lines.Count + 1, command.Id, command.Kind, amount, (long)(account.Balance + amount), counterpartyId, command.Message, time));
    }

    private IEnumerable<Outcome> Refusals(TransferCommand command)
    {
        var payer = _accounts.SingleOrDefault(a => a.Id == command.PayerId);
        var payee = _accounts.SingleOrDefault(a => a.Id == command.PayeeId);
        var isDeposit = command.Kind == TransferKind.Deposit;

        if (!largestTransfers.TryGetValue(command.Currency, out var largest))
            yield return Outcome.CurrencyUnknown;
        else if (!isDeposit && command.Amount > largest)
            yield return Outcome.AmountOutOfRange;
        if (command.Amount <= 0)
            yield return Outcome.AmountOutOfRange;

        if (payer is null || isDeposit != payer.IsSystem || (!isDeposit && payer.UserId != command.RequestedBy))
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

    private static DateTime WholeMicroseconds(DateTime time) => new(time.Ticks / 10 * 10, time.Kind);
}

/// <summary>One line of an account's history, as the model has it.</summary>
internal sealed record ModelLine(
    long AccountId, long Seq, Guid TransferId, TransferKind Kind, long Amount, long BalanceAfter, long CounterpartyId, string? Message, DateTime CreatedAt);

/// <summary>An account, as the model has it.</summary>
internal sealed class ModelAccount
{
    public required long Id { get; init; }

    public required string UserId { get; init; }

    public required string Name { get; init; }

    public required string Currency { get; init; }

    public required bool IsSystem { get; init; }

    public required DateTime CreatedAt { get; init; }

    public AccountStatus Status { get; set; } = AccountStatus.Active;

    public long Held { get; set; }

    public long Version { get; set; } = 1;

    public List<ModelLine> Lines { get; } = [];

    public BigInteger Balance => Lines.Aggregate(BigInteger.Zero, (sum, line) => sum + line.Amount);

    public DateTime ChangedAt => Lines.Count == 0 ? CreatedAt : Lines[^1].CreatedAt;

    /// <summary>All lines that pass the filter, newest first, whatever the limit of a page.</summary>
    public IEnumerable<ModelLine> History(EntryQuery query) => Enumerable.Reverse(Lines)
        .Where(line => query.BeforeSeq is null || line.Seq < query.BeforeSeq)
        .Where(line => query.From is null || line.CreatedAt >= query.From)
        .Where(line => query.To is null || line.CreatedAt < query.To)
        .Where(line => query.Direction is null || (query.Direction == EntryDirection.In) == (line.Amount > 0));
}
