using CsCheck;

namespace Wallet.Tests.Model;

/// <summary>Whether the checks can be trusted: each mistake is seen, each check sees one, and what fails is shown small.</summary>
public sealed class PlantedFaultTests
{
    private const int HistoriesMax = 400;

    public static TheoryData<string> Faults => [.. PlantedFaults.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_planted_fault_is_caught_by_the_check_that_is_meant_for_it(string name)
    {
        var fault = PlantedFaults.All.Single(f => f.Name == name);
        var seenBy = new HashSet<string>();
        foreach (var history in PlannerHistoryTests.Fixed(HistoriesMax))
        {
            try
            {
                await HistoryRun.OfAsync(PlannerHistoryTests.InMemory(fault.Plant()), history);
            }
            catch (ChecksFailedException e)
            {
                seenBy.UnionWith(e.Checks);
            }

            if (seenBy.Contains(fault.CaughtBy))
                return;
        }

        Assert.Fail($"'{name}' was seen by {(seenBy.Count == 0 ? "no check" : string.Join(", ", seenBy))}, not by {fault.CaughtBy}.");
    }

    [Fact]
    public void Every_check_sees_a_fault() => Assert.Equal(LedgerChecks.Names.Order(), PlantedFaults.All.Select(f => f.CaughtBy).Distinct().Order());

    [Theory]
    [InlineData("spends what is held", 3, 2)] // money, a hold, and a payment
    [InlineData("forgets a refusal", 1, 1)] // something that is refused under a key
    [InlineData("lets frozen and closed accounts pay", 2, 1)] // an account is frozen, and is to receive
    public async Task A_history_that_fails_is_shown_with_its_seed_and_as_a_few_steps(string name, int steps, int commands)
    {
        var fault = PlantedFaults.All.Single(f => f.Name == name);

        var failure = await Assert.ThrowsAsync<CsCheckException>(
            () => HistorySample.RunAsync(() => PlannerHistoryTests.InMemory(fault.Plant()), histories: 1_000));

        var small = Assert.IsType<HistoryFailedException>(failure.InnerException);
        Assert.Contains("CsCheck_Seed", failure.Message, StringComparison.Ordinal);
        Assert.Contains(LedgerHistory.Print(small.Smallest), small.Message, StringComparison.Ordinal);
        // What is left out one by one may leave a little more than the least.
        Assert.InRange(small.Smallest.Count, steps - 1, steps + 3);
        Assert.InRange(small.Smallest.OfType<Step.Batch>().Sum(b => b.Orders.Count), commands, commands + 3);
    }
}
