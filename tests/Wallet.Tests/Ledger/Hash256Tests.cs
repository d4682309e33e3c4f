using Wallet.Ledger;

namespace Wallet.Tests.Ledger;

public sealed class Hash256Tests
{
    private static byte[] ZeroTo31 => [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void It_gives_back_the_bytes_that_it_was_made_of() => Assert.Equal(ZeroTo31, new Hash256(ZeroTo31).ToArray());

    [Fact]
    public void It_reads_as_lower_case_hexadecimal_digits()
    {
        byte[] bytes = [0xFE, 0xDC, .. ZeroTo31[2..]];

        Assert.Equal("fedc02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", new Hash256(bytes).ToString());
    }

    [Fact]
    public void The_default_is_32_zero_bytes() => Assert.Equal(new byte[32], default(Hash256).ToArray());

    [Fact]
    public void Equal_bytes_make_equal_hashes()
    {
        Assert.Equal(new Hash256(ZeroTo31), new Hash256(ZeroTo31));
        Assert.Equal(new Hash256(ZeroTo31).GetHashCode(), new Hash256(ZeroTo31).GetHashCode());
    }

    [Fact]
    public void Every_byte_counts() => Assert.All(Enumerable.Range(0, 32), position =>
    {
        var bytes = ZeroTo31;
        bytes[position] ^= 0x80;

        Assert.NotEqual(new Hash256(ZeroTo31), new Hash256(bytes));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Another_length_than_32_bytes_throws(int length) =>
        Assert.Throws<ArgumentException>("bytes", () => new Hash256(new byte[length]));

    [Fact]
    public void A_longer_destination_keeps_what_follows_the_32_bytes()
    {
        byte[] destination = [.. new byte[32], 0xAA];
        new Hash256(ZeroTo31).CopyTo(destination);

        Assert.Equal([.. ZeroTo31, 0xAA], destination);
    }

    [Fact]
    public void A_destination_that_is_too_short_throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Hash256(ZeroTo31).CopyTo(new byte[31]));
}
