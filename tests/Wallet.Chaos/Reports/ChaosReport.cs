using Wallet.Chaos.Checking;

namespace Wallet.Chaos.Reports;

/// <summary>What happened in a run.</summary>
internal sealed record ChaosReport
{
    public required string Store { get; init; }

    public required int Seed { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>Under load, in their order.</summary>
    public required IReadOnlyList<Kill> Kills { get; init; }

    /// <summary>How many times the service was killed while it made its database.</summary>
    public required int FirstStartKills { get; init; }

    /// <summary>How often each kind of answer came.</summary>
    public required IReadOnlyDictionary<string, long> Outcomes { get; init; }

    /// <summary>How many transfers were asked for, each counted once however often it was sent.</summary>
    public required int Asked { get; init; }

    public required long Acknowledged { get; init; }

    public required long Refused { get; init; }

    /// <summary>In doubt, until a later answer said that the ledger had decided.</summary>
    public required long DoubtsDone { get; init; }

    /// <summary>In doubt, until a later attempt found nothing and was carried out.</summary>
    public required long DoubtsNotDone { get; init; }

    /// <summary>Never answered, and found in the ledger, posted or refused.</summary>
    public required int UnansweredDone { get; init; }

    /// <summary>Never answered, and not in the ledger.</summary>
    public required int UnansweredNotDone { get; init; }

    /// <summary>How many answers the readers checked.</summary>
    public required long Reads { get; init; }

    /// <summary>How many entries the chains that were followed have.</summary>
    public required int Entries { get; init; }

    /// <summary>What the service logged as errors. They contradict nothing, but somebody should look at them.</summary>
    public required IReadOnlyList<string> LoggedErrors { get; init; }

    /// <summary>Empty where the service kept its promises.</summary>
    public required IReadOnlyList<Contradiction> Contradictions { get; init; }
}
