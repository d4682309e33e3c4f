using Wallet.Bench.Load;

namespace Wallet.Bench;

/// <summary>What to measure.</summary>
internal sealed record BenchOptions
{
    public required string Database { get; init; }

    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    public required IReadOnlyList<int> Connections { get; init; }

    public required IReadOnlyList<string> Hosts { get; init; }

    public required int Rounds { get; init; }

    /// <summary>How long a host is measured each time.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How long it is asked the same before, unmeasured.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>Requests per second; null for as many as it can answer.</summary>
    public required double? Rate { get; init; }

    public required Population Population { get; init; }

    /// <summary>Where all results go as JSON.</summary>
    public required string? JsonFile { get; init; }

    /// <summary>Where the report goes as a page.</summary>
    public required string? HtmlFile { get; init; }
}
