using System.Reflection;
using System.Text.RegularExpressions;

namespace Wallet.Tests.Faults;

public sealed partial class FaultTableTests
{
    [Fact]
    public void Each_row_of_the_fault_table_names_tests_that_are_there()
    {
        var named = TestMethod().Matches(Repository.Read("docs/faults.md")).Select(static match => match.Groups[1].Value).ToHashSet();
        var tests = typeof(FaultTableTests).Assembly.GetTypes().SelectMany(static type => type.GetMethods())
            .Where(static method => method.GetCustomAttribute<FactAttribute>() is not null).Select(static method => method.Name);

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(tests));
    }

    [Fact]
    public void Each_test_of_a_fault_has_a_row()
    {
        var document = Repository.Read("docs/faults.md");
        var tests = typeof(FaultTableTests).Assembly.GetTypes().Where(static type => type.Namespace == typeof(FaultTableTests).Namespace && type != typeof(FaultTableTests))
            .SelectMany(static type => type.GetMethods()).Where(static method => method.GetCustomAttribute<FactAttribute>() is not null);

        Assert.All(tests, test => Assert.Contains($"`{test.Name}`", document, StringComparison.Ordinal));
    }

    [GeneratedRegex("`([A-Z][a-z]*(?:_[A-Za-z0-9]+){2,})`")]
    private static partial Regex TestMethod();
}
