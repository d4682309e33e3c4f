namespace Wallet.Ledger;

/// <summary>Times as the ledger keeps and hashes them: UTC, in whole microseconds, which every database can hold. Pure.</summary>
public static class LedgerTime
{
    /// <summary>The time without what is finer than a microsecond. Its kind stays.</summary>
    public static DateTime Cut(DateTime time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));

    /// <summary>Microseconds since 1970-01-01T00:00:00Z; negative before it.</summary>
    public static long ToMicroseconds(DateTime time) => (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>The time, UTC, so many microseconds after 1970-01-01T00:00:00Z.</summary>
    public static DateTime FromMicroseconds(long microseconds) => DateTime.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
