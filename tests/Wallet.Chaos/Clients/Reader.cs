using System.Text.Json;
using Wallet.Chaos.Checking;

namespace Wallet.Chaos.Clients;

/// <summary>
/// Reads on any copy of the service what was acknowledged before, and looks at balances: none is ever below zero, and no history is ever shorter than
/// it was seen before.
/// </summary>
/// <param name="number">Which of the readers.</param>
/// <param name="seed">What makes its choices.</param>
/// <param name="parties">Whose accounts it reads.</param>
/// <param name="copies">The copies of the service.</param>
/// <param name="api">How they are asked.</param>
/// <param name="oracle">Knows what was acknowledged, and is told what is wrong.</param>
internal sealed class Reader(int number, int seed, IReadOnlyList<Party> parties, IReadOnlyList<Uri> copies, WalletApi api, Oracle oracle)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Random _random = new(unchecked((seed * 104_729) - number));
    private readonly Dictionary<long, long> _entryCounts = [];

    /// <summary>How many answers it has checked.</summary>
    public long Reads { get; private set; }

    public async Task RunAsync(CancellationToken stop, CancellationToken cancellationToken)
    {
        while (!stop.IsCancellationRequested)
        {
            var read = (_random.Next(3), oracle.AnyAcknowledged(_random)) switch
            {
                (0, { } acknowledged) => ReadTransferAsync(acknowledged, cancellationToken),
                (1, { } acknowledged) => ReadHistoryAsync(acknowledged, cancellationToken),
                _ => ReadBalanceAsync(parties[_random.Next(parties.Count)], cancellationToken),
            };
            await read;
            await Task.Delay(Pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadTransferAsync(AskedTransfer acknowledged, CancellationToken cancellationToken)
    {
        var viewer = AnySide(acknowledged);
        if (await ReadAsync(viewer, $"/v1/transfers/{acknowledged.Id}", cancellationToken) is not { } answer)
            return;
        if (answer.Status != 200 || answer.Body.GetProperty("status").GetString() != "posted" || answer.Body.GetProperty("amount").GetInt64() != acknowledged.Amount)
            oracle.Contradict(Fault.ReadStale, $"{acknowledged} was acknowledged, but {viewer.UserId} is shown {answer.Status}: {answer.Body}");
    }

    private async Task ReadHistoryAsync(AskedTransfer acknowledged, CancellationToken cancellationToken)
    {
        var viewer = AnySide(acknowledged);
        for (var path = "/v1/transactions?limit=100"; ;)
        {
            if (await ReadAsync(viewer, path, cancellationToken) is not { } answer)
                return;
            if (answer.Status != 200)
            {
                oracle.Contradict(Fault.AnswerUnexpected, $"{path} of {viewer.UserId} was answered with {answer.Status}: {answer.Body}");
                return;
            }

            var data = answer.Body.GetProperty("data");
            if (data.EnumerateArray().Any(entry => entry.GetProperty("transfer_id").GetGuid() == acknowledged.Id))
                return;
            var isOver = !answer.Body.GetProperty("has_more").GetBoolean();
            if (isOver || data.EnumerateArray().Any(entry => entry.GetProperty("created_at").GetDateTime() < acknowledged.Told!.CreatedAt))
            {
                oracle.Contradict(Fault.ReadStale, $"{acknowledged} was acknowledged, but it is not in the history of {viewer.UserId}.");
                return;
            }

            path = $"/v1/transactions?limit=100&cursor={Uri.EscapeDataString(answer.Body.GetProperty("next_cursor").GetString()!)}";
        }
    }

    private async Task ReadBalanceAsync(Party owner, CancellationToken cancellationToken)
    {
        if (await ReadAsync(owner, "/v1/balance", cancellationToken) is not { } answer)
            return;
        if (answer.Status != 200)
        {
            oracle.Contradict(Fault.AnswerUnexpected, $"The balance of {owner.UserId} was answered with {answer.Status}: {answer.Body}");
            return;
        }

        if (answer.Body.GetProperty("balance").GetInt64() < 0 || answer.Body.GetProperty("available").GetInt64() < 0)
            oracle.Contradict(Fault.BalanceNegative, $"{owner.UserId} is below zero: {answer.Body}");
        var count = answer.Body.GetProperty("entry_count").GetInt64();
        if (count < _entryCounts.GetValueOrDefault(owner.AccountId))
            oracle.Contradict(Fault.ReadStale, $"The history of {owner.UserId} had {_entryCounts[owner.AccountId]} entries, and then {count}.");
        _entryCounts[owner.AccountId] = count;
    }

    private async Task<(int Status, JsonElement Body)?> ReadAsync(Party viewer, string path, CancellationToken cancellationToken)
    {
        var answer = await api.ReadAsync(copies[_random.Next(copies.Count)], viewer.Token, path, cancellationToken);
        if (answer is not null)
            Reads++;
        return answer;
    }

    private Party AnySide(AskedTransfer acknowledged) =>
        _random.Next(2) == 0 ? acknowledged.Payer : parties.Single(party => party.AccountId == acknowledged.PayeeId);
}
