using Wallet.Ledger;

namespace Wallet.Tests.Ledger;

public sealed class LedgerTimeTests
{
    [Theory]
    [InlineData(0, "1970-01-01T00:00:00.0000000Z")]
    [InlineData(1, "1970-01-01T00:00:00.0000010Z")]
    [InlineData(-1, "1969-12-31T23:59:59.9999990Z")]
    [InlineData(1_896_091_200_506_878, "2030-01-31T12:00:00.5068780Z")]
    public void A_time_is_so_many_microseconds_since_1970_and_back(long microseconds, string expected)
    {
        var time = LedgerTime.FromMicroseconds(microseconds);

        Assert.Equal(expected, $"{time:O}");
        Assert.Equal(microseconds, LedgerTime.ToMicroseconds(time));
    }

    [Fact]
    public void What_is_finer_than_a_microsecond_is_cut_off()
    {
        var time = LedgerTime.FromMicroseconds(5);

        Assert.Equal(time, LedgerTime.Cut(time.AddTicks(9)));
        Assert.Equal(time, LedgerTime.Cut(time));
        Assert.Equal(DateTimeKind.Utc, LedgerTime.Cut(time).Kind);
    }
}
