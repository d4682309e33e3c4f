using Wallet.Ledger;
using Wallet.Service.Storage;

namespace Wallet.Tests.Model;

/// <summary>A ledger to be held against the model.</summary>
/// <param name="Stores">Opened on one database, as several copies of the service would; the steps take turns.</param>
/// <param name="ChangeAsync">Sets an account's status and what is held of it, behind the stores' backs.</param>
internal sealed record LedgerUnderTest(IReadOnlyList<ILedgerStore> Stores, Func<long, AccountStatus, long, Task> ChangeAsync);

/// <summary>Takes a history to a ledger and to the model, step by step, and looks after each step whether everything holds.</summary>
internal sealed class HistoryRun
{
    private const long NobodysId = long.MaxValue - 7;

    private static readonly DateTime Noon = new(2030, 1, 31, 12, 0, 0, DateTimeKind.Utc);
    private static int _runsBegun;

    private readonly LedgerUnderTest _ledger;
    private readonly Random _random = new(1);
    private readonly LedgerModel _model = new(LedgerHistory.LargestTransfers);
    private readonly List<long> _opened = [];
    private readonly List<IReadOnlyList<TransferCommand>> _batches = [];
    private readonly List<Decision> _decisions = [];
    private readonly Dictionary<Guid, Transfer> _acknowledged = [];
    private readonly HashSet<Guid> _refused = [];
    private readonly int _run = Interlocked.Increment(ref _runsBegun); // several runs share a database
    private DateTime _now = Noon;
    private int _requests;
    private int _steps;

    private HistoryRun(LedgerUnderTest ledger) => _ledger = ledger;

    /// <summary>What the ledger answered, in order.</summary>
    public IReadOnlyList<Decision> Decisions => _decisions;

    public LedgerModel Model => _model;

    /// <summary>The openings' outcomes in order, and whether each was a replay.</summary>
    public List<(Outcome Outcome, bool IsReplay)> Openings { get; } = [];

    private string NameOf(string user) => $"{user}-{_run}";

    private ILedgerStore Writing => _ledger.Stores[_steps % _ledger.Stores.Count];

    private ILedgerStore Reading => _ledger.Stores[(_steps + 1) % _ledger.Stores.Count];

    /// <summary>Runs the history to its end.</summary>
    /// <exception cref="ChecksFailedException">Something did not hold after one of the steps.</exception>
    public static async Task<HistoryRun> OfAsync(LedgerUnderTest ledger, IEnumerable<Step> history)
    {
        var run = new HistoryRun(ledger);
        foreach (var opening in LedgerHistory.Beginning)
            await run.OpenAsync(opening);
        foreach (var step in history)
        {
            await run.TakeAsync(step);
            run._steps++;
        }

        return run;
    }

    private async Task TakeAsync(Step step)
    {
        var answers = step switch
        {
            Step.Open opening => await OpenAsync(opening),
            Step.OpenMany openings => await OpenManyAsync(openings),
            Step.Batch batch => await CommitAsync([.. batch.Orders.Select(CommandOf)], batch.ClockTicks),
            Step.Again again => again.Back <= _batches.Count ? await CommitAsync(_batches[^again.Back], again.ClockTicks) : [],
            Step.SetStatus change => await ChangeAsync(change.Account, change.Status, held: null),
            Step.Hold hold => await ChangeAsync(hold.Account, status: null, hold.Amount),
            _ => throw new InvalidOperationException($"{step} is no step."),
        };
        await LedgerChecks.RunAsync(new LedgerView(Reading, _model, answers, _acknowledged, _refused, _random));
    }

    private async Task<IReadOnlyList<AnswerPair>> OpenManyAsync(Step.OpenMany openings)
    {
        var answers = new List<AnswerPair>();
        for (var i = 1; i <= openings.Count; i++)
            answers.AddRange(await OpenAsync(new Step.Open(openings.Owner, $"n{i}", openings.Currency, AccountKind.User, null, 1)));
        return answers;
    }

    private async Task<IReadOnlyList<AnswerPair>> OpenAsync(Step.Open opening)
    {
        var command = new OpenAccountCommand
        {
            RequestId = Number(opening.Key is { } key ? (opening.Owner[0] * 10) + key : 100_000 + _requests++, family: 2), // a key is its user's
            Fingerprint = Number(opening.Fingerprint, family: 3),
            UserId = NameOf(opening.Owner),
            Name = opening.Name,
            Currency = opening.Currency,
            Kind = opening.Kind,
        };
        var (outcome, replayedId) = _model.Open(command);
        var decision = await Writing.OpenAccountAsync(command, _now, CancellationToken.None);
        Openings.Add((decision.Outcome, decision.IsReplay));

        if (decision is { Outcome: Outcome.Done, IsReplay: false, Account: { } account } && outcome == Outcome.Done && replayedId is null)
        {
            var isOfItsKind = account.Id is > 0 and < 1_000 == (opening.Kind == AccountKind.System);
            _opened.Add(account.Id);
            _model.Opened(command, account.Id, _now);
            return [new("opening", (outcome, false, true, true), (decision.Outcome, decision.IsReplay, isOfItsKind, !_opened[..^1].Contains(account.Id)))];
        }

        return [new("opening", (outcome, replayedId is not null, replayedId), (decision.Outcome, decision.IsReplay, decision.Account?.Id))];
    }

    private async Task<IReadOnlyList<AnswerPair>> CommitAsync(IReadOnlyList<TransferCommand> commands, long ticks)
    {
        _now = _now.AddTicks(ticks);
        if (commands.Count == 0)
            return []; // a batch has at least one command
        _batches.Add(commands);
        var expected = _model.Decide(commands, _now);
        var decisions = await Writing.CommitAsync(commands, _now, CancellationToken.None);
        _decisions.AddRange(decisions);

        foreach (var (command, decision) in commands.Zip(decisions))
        {
            if (decision is { Outcome: Outcome.Done, IsReplay: false, Transfer: { } posted })
                _acknowledged[posted.Id] = posted;
            else if (decision.Outcome is not (Outcome.Done or Outcome.IdempotencyKeyReused) && command.IsKeyed)
                _refused.Add(command.Id);
        }

        return
        [
            new("how many", expected.Count, decisions.Count),
            .. commands.Zip(expected, decisions).Select(c => new AnswerPair(
                $"{c.First.Kind} {c.First.Amount}", c.Second, new ModelAnswer(c.Third.Outcome, c.Third.IsReplay, c.Third.Transfer))),
        ];
    }

    private async Task<IReadOnlyList<AnswerPair>> ChangeAsync(int number, AccountStatus? status, long? held)
    {
        var account = _model.Account(_opened[number]);
        var (newStatus, newHeld) = (status ?? account.Status, held is { } h ? (long)System.Numerics.BigInteger.Min(h, account.Balance) : account.Held);
        await _ledger.ChangeAsync(account.Id, newStatus, newHeld);
        _model.Change(account.Id, newStatus, newHeld);
        return [];
    }

    private TransferCommand CommandOf(Order order) => new()
    {
        Id = Number(order.Key is { } key ? key : 1_000 + _requests++, family: 1),
        IsKeyed = order.Key is not null,
        Fingerprint = Number(order.Key is null ? 1_000 + _requests : order.Fingerprint, family: 4),
        Kind = order.Kind,
        RequestedBy = order.By ?? (order.Payer < _opened.Count ? _model.Account(_opened[order.Payer.Value]).UserId : NameOf("alice")),
        PayerId = IdOf(order.Payer),
        PayeeId = IdOf(order.Payee),
        Amount = order.Amount,
        Currency = order.Currency,
        Message = order.Message,
    };

    private long? IdOf(int? number) => number is not { } n ? null : n < _opened.Count ? _opened[n] : NobodysId;

    private Guid Number(int number, short family) => new(number, family, 0, [.. BitConverter.GetBytes((long)_run)]);
}
