using System.Text.RegularExpressions;

namespace Wallet.Tests.Security;

public sealed partial class ThreatModelTests
{
    [Fact]
    public void Each_test_that_the_threat_model_names_is_there()
    {
        var named = TestClass().Matches(Repository.Read("docs/threat-model.md")).Select(static match => match.Groups[1].Value).ToHashSet();

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(typeof(ThreatModelTests).Assembly.GetTypes().Select(static type => type.Name)));
    }

    [GeneratedRegex(@"\*([A-Z][A-Za-z]+)\*(?!\*)")]
    private static partial Regex TestClass();
}
