using Wallet.Bench.Load;

namespace Wallet.Bench;

/// <summary>What is to run.</summary>
internal sealed record BedOptions
{
    /// <summary><see cref="TestBed.Postgres"/> or <see cref="TestBed.Sqlite"/>.</summary>
    public required string Database { get; init; }

    /// <summary>In the order of the report.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    public required Population Population { get; init; }

    /// <summary>How many transfers each account made before.</summary>
    public required int TransfersPerAccount { get; init; }

    /// <summary>Where the data of PostgreSQL is kept from one run to the next; null where it goes with the run.</summary>
    public string? DataFolder { get; init; }
}

/// <summary>What to measure.</summary>
internal sealed record BenchOptions
{
    public required BedOptions Bed { get; init; }

    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    public required IReadOnlyList<int> Connections { get; init; }

    public required int Rounds { get; init; }

    /// <summary>How long a host is measured each time.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How long it is asked the same before, unmeasured.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>Requests per second; null for as many as it can answer.</summary>
    public required double? Rate { get; init; }

    /// <summary>Where all results go as JSON.</summary>
    public required string? JsonFile { get; init; }

    /// <summary>Where the report goes as a page.</summary>
    public required string? HtmlFile { get; init; }
}
