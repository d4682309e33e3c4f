using System.Diagnostics;
using Wallet.Chaos.Checking;
using Wallet.Ledger;
using Wallet.Service.Http;

namespace Wallet.Chaos.Clients;

/// <summary>
/// A client as it should be: it keeps a key until it has an answer. Now and then it sends a key twice at once, sends an answered one again, asks
/// for what must be refused, or goes away and never learns what came of its transfer.
/// </summary>
/// <param name="number">Which of the clients.</param>
/// <param name="seed">What makes its choices.</param>
/// <param name="parties">Who pays and is paid.</param>
/// <param name="copies">The copies of the service.</param>
/// <param name="interval">The mean time between two transfers.</param>
/// <param name="api">How they are asked.</param>
/// <param name="oracle">Hears everything.</param>
internal sealed class ChaosClient(int number, int seed, IReadOnlyList<Party> parties, IReadOnlyList<Uri> copies, TimeSpan interval, WalletApi api, Oracle oracle)
{
    private const long AmountMax = 250;
    private const int AnsweredMax = 200;
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Random _random = new(unchecked((seed * 7919) + number));
    private readonly List<AskedTransfer> _answered = [];
    private Uri _copy = copies[number % copies.Count];
    private int _asked;

    /// <summary>What it left while it was in doubt.</summary>
    public List<AskedTransfer> Abandoned { get; } = [];

    /// <summary>Moves money until it is told to stop, and then sees its last transfer through.</summary>
    /// <param name="stop">Ends the work in order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(CancellationToken stop, CancellationToken cancellationToken)
    {
        while (!stop.IsCancellationRequested)
        {
            if (_answered.Count > 0 && Chance(0.1))
                await SettleAsync(_answered[_random.Next(_answered.Count)], mayLeave: false, cancellationToken);
            else
                await AskAsync(Choose(), cancellationToken);
            await Task.Delay(interval * (2 * _random.NextDouble()), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Sends the key until there is an answer.</summary>
    /// <param name="asked">What it is for.</param>
    /// <param name="mayLeave">Whether the client may lose its patience while it is in doubt.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task SettleAsync(AskedTransfer asked, bool mayLeave, CancellationToken cancellationToken)
    {
        var began = Stopwatch.StartNew();
        while (true)
        {
            var isTwice = Chance(0.04);
            Uri[] to = isTwice ? [_copy, Other()] : [_copy];
            var settled = await Task.WhenAll(to.Select(copy => SendAsync(asked, copy, isTwice, cancellationToken)));
            if (settled.Contains(true))
                return;
            if (mayLeave && asked.IsInDoubt && Chance(0.15))
            {
                Abandoned.Add(asked);
                return;
            }

            if (began.Elapsed > Patience)
            {
                oracle.Contradict(Fault.NeverAnswered, $"{asked} got no answer in {Patience.TotalSeconds:N0} s.");
                return;
            }

            if (Chance(0.5))
                _copy = Other();
            await Task.Delay(RetryDelayMax * _random.NextDouble(), cancellationToken);
        }
    }

    private async Task<bool> SendAsync(AskedTransfer asked, Uri copy, bool hasTwin, CancellationToken cancellationToken)
    {
        var attempt = Attempt.Begin(asked, hasTwin);
        return oracle.Hear(asked, attempt, await api.TransferAsync(copy, asked, cancellationToken));
    }

    private async Task AskAsync(AskedTransfer asked, CancellationToken cancellationToken)
    {
        oracle.Ask(asked);
        await SettleAsync(asked, mayLeave: true, cancellationToken);
        if (asked.Told is null)
            return;
        if (_answered.Count < AnsweredMax)
            _answered.Add(asked);
        else
            _answered[_random.Next(AnsweredMax)] = asked;
    }

    private AskedTransfer Choose()
    {
        var payer = parties[_random.Next(parties.Count)];
        var payee = parties[_random.Next(parties.Count)];
        while (payee == payer)
            payee = parties[_random.Next(parties.Count)];
        return _random.NextDouble() switch
        {
            < 0.05 => Make(payer, payee, Population.MoneyOf(parties.Count) + 1, ProblemCatalog.InsufficientFunds.Code),
            < 0.08 => Make(payer, payee: null, 1 + _random.NextInt64(AmountMax), ProblemCatalog.RecipientNotFound.Code),
            < 0.11 => Make(payer, payer, 1 + _random.NextInt64(AmountMax), ProblemCatalog.SelfTransfer.Code),
            _ => Make(payer, payee, 1 + _random.NextInt64(AmountMax), refusal: null),
        };
    }

    private AskedTransfer Make(Party payer, Party? payee, long amount, string? refusal)
    {
        var key = $"{seed}-{number}-{++_asked}";
        return new AskedTransfer
        {
            Id = RequestId.FromKey(payer.UserId, key),
            Key = key,
            Kind = TransferKind.Transfer,
            Payer = payer,
            PayeeUserId = payee?.UserId ?? "nobody-whom-anyone-knows",
            PayeeId = payee?.AccountId,
            Amount = amount,
            MustBeRefused = refusal,
        };
    }

    private Uri Other() => copies[_random.Next(copies.Count)];

    private bool Chance(double probability) => _random.NextDouble() < probability;
}
