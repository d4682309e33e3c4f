namespace Wallet.Chaos;

/// <summary>What to break, and how often.</summary>
internal sealed record ChaosOptions
{
    /// <summary>One of <see cref="Beds.ChaosBed.Names"/>.</summary>
    public required string Store { get; init; }

    public required int Kills { get; init; }

    /// <summary>Do only what has this in its name; null for everything that can be done.</summary>
    public string? Only { get; init; }

    /// <summary>How many move money at the same time.</summary>
    public required int Clients { get; init; }

    /// <summary>How many read beside them.</summary>
    public int Readers { get; init; } = 4;

    /// <summary>How many transfers all clients together ask for in a second, at the most.</summary>
    public int Rate { get; init; } = 500;

    /// <summary>What makes all choices; the machine's timing is its own.</summary>
    public required int Seed { get; init; }

    /// <summary>The longest and the shortest time between two kills.</summary>
    public TimeSpan CalmMax { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <inheritdoc cref="CalmMax"/>
    public TimeSpan CalmMin { get; init; } = TimeSpan.FromSeconds(0.2);
}
