using System.ComponentModel.DataAnnotations;

namespace Wallet.Service.Audit;

/// <summary>The settings under <c>Wallet:Audit</c>.</summary>
internal sealed class AuditOptions
{
    /// <summary>Whether this copy of the service audits the ledger.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The pace: how many rows (accounts, entries or transfers) a copy audits in a second at the most.</summary>
    [Range(10, 1_000_000)]
    public int RowsPerSecond { get; set; } = 500;

    /// <summary>The most rows in one look at the database.</summary>
    [Range(2, 5_000)]
    public int BatchMax { get; set; } = 200;

    /// <summary>How often a full turn over the ledger begins at the most. One that takes longer is followed by the next at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan TurnInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How many accounts with new entries may wait to be audited. Those of one more are left to the full turn.</summary>
    [Range(100, 10_000_000)]
    public int WaitingMax { get; set; } = 20_000;

    /// <summary>Up to how many accounts a full turn adds all balances up. In a larger ledger <c>wallet verify</c> does it.</summary>
    [Range(0, 10_000_000)]
    public int SumAccountsMax { get; set; } = 100_000;

    /// <summary>How far ahead of this copy's clock an entry's time may be.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ClockTolerance { get; set; } = TimeSpan.FromMinutes(1);
}
