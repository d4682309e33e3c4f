using Wallet.Chaos.Beds;
using Wallet.Chaos.Checking;

namespace Wallet.Chaos;

/// <param name="Name">What was done.</param>
/// <param name="Unavailable">The longest time without an acknowledgement, from before it until the clients had recovered.</param>
internal sealed record Kill(string Name, TimeSpan Unavailable);

/// <summary>Breaks one thing after the other, each when the clients have recovered from the one before.</summary>
internal sealed class Havoc(ChaosBed bed, ChaosOptions options, Random random, Oracle oracle)
{
    // Longer than anything that is waited for on the way: a client's patience, a failover, a start.
    private static readonly TimeSpan RecoveryPatience = TimeSpan.FromSeconds(120);

    private readonly IReadOnlyList<Disaster> _all = Choose([.. bed.Disasters, bed.ServiceStopped(oracle)], options.Only);
    private readonly Stack<Disaster> _next = [];

    /// <summary>What was done so far.</summary>
    public List<Kill> Kills { get; } = [];

    public async Task RunAsync(Action<int, string> progress, CancellationToken cancellationToken)
    {
        for (var i = 0; i < options.Kills; i++)
        {
            progress(i, $"{oracle.Acknowledged:N0} acknowledged; all is well");
            await Task.Delay(options.CalmMin + ((options.CalmMax - options.CalmMin) * random.NextDouble()), cancellationToken);
            var disaster = Next();
            progress(i, $"{oracle.Acknowledged:N0} acknowledged; {disaster.Name}");
            var watch = oracle.StartWatch();
            await disaster.StrikeAsync(random);
            watch.MarkBroken();
            Kills.Add(new Kill(disaster.Name, await RecoverAsync(watch.Recovered, disaster, cancellationToken)));
            await disaster.RestoreAsync();
        }

        progress(options.Kills, "settling what is in doubt");
    }

    private static IReadOnlyList<Disaster> Choose(IReadOnlyList<Disaster> all, string? only)
    {
        var chosen = all.Where(disaster => only is null || disaster.Name.Contains(only, StringComparison.OrdinalIgnoreCase)).ToList();
        return chosen.Count > 0 ? chosen : throw new InvalidOperationException($"'{only}' is in none of these: {string.Join(", ", all.Select(static disaster => disaster.Name).Distinct())}.");
    }

    private async Task<TimeSpan> RecoverAsync(Task<TimeSpan> recovery, Disaster disaster, CancellationToken cancellationToken)
    {
        try
        {
            return await recovery.WaitAsync(RecoveryPatience, cancellationToken);
        }
        catch (TimeoutException)
        {
            oracle.Contradict(Fault.NeverAnswered, $"Nothing was acknowledged in {RecoveryPatience.TotalSeconds:N0} s after this: {disaster.Name}.");
            throw new OperationCanceledException();
        }
    }

    /// <summary>Dealt from a shuffled deck, so that a short run too sees every kind.</summary>
    private Disaster Next()
    {
        if (_next.Count == 0)
        {
            var deck = _all.ToArray();
            random.Shuffle(deck);
            foreach (var disaster in deck)
                _next.Push(disaster);
        }

        return _next.Pop();
    }
}
