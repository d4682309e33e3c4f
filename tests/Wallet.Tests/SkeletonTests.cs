namespace Wallet.Tests;

public sealed class SkeletonTests
{
    [Fact]
    public void A() => Assert.True(true);
}
