using Wallet.Ledger;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Model;

/// <summary>The figures that the API shows are those of the model.</summary>
public abstract class ApiWalkTests(WalletFixture wallet)
{
    private const int Steps = 150;

    [Fact]
    public async Task Every_answer_of_a_random_walk_through_the_api_is_that_of_the_model()
    {
        var outcomes = new List<(Outcome Outcome, bool IsReplay)>();
        for (var seed = 1; seed <= Math.Max(1, HistorySample.Count(usually: 25) / 12); seed++)
        {
            var walk = new ApiWalk(wallet, seed);
            await walk.RunAsync(Steps);
            outcomes.AddRange(walk.Outcomes);
        }

        // Without this the walk might agree because it never gets anywhere.
        Assert.Contains((Outcome.Done, true), outcomes);
        Assert.Contains(outcomes, o => o.IsReplay && o.Outcome != Outcome.Done);
        Assert.InRange(outcomes.Count(o => o.Outcome == Outcome.Done), 10, int.MaxValue);
        Assert.InRange(outcomes.Select(o => o.Outcome).Distinct().Count(), 9, int.MaxValue);
    }
}

public sealed class ApiWalkOnSqliteTests(SqliteWallet wallet) : ApiWalkTests(wallet), IClassFixture<SqliteWallet>;

public sealed class ApiWalkOnPostgresTests(PostgresWallet wallet) : ApiWalkTests(wallet), IClassFixture<PostgresWallet>;
