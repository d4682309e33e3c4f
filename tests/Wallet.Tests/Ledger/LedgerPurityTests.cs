using Wallet.Ledger;

namespace Wallet.Tests.Ledger;

public sealed class LedgerPurityTests
{
    // What it may not use of the platform (clocks, chance, files, network, threads) the compiler refuses: see the banned symbols beside it.
    [Fact]
    public void The_ledger_references_nothing_but_the_platform() => Assert.All(
        typeof(BatchPlanner).Assembly.GetReferencedAssemblies(),
        a => Assert.Matches(@"^(System(\..+)?|mscorlib|netstandard)$", a.Name));
}
