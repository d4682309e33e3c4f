using Wallet.Bench.Measuring;

namespace Wallet.Tests.Bench;

public sealed class MeasuringTests
{
    [Theory]
    [InlineData("postgres")]
    [InlineData("a name with spaces")]
    [InlineData("((odd) name) 7 R 8")]
    [InlineData("")]
    public void The_times_of_a_process_are_found_whatever_its_name(string name)
    {
        var times = ProcessTimes.Parse($"4711 ({name}) S 42 4711 4711 0 -1 4194560 2 3 0 0 150 25 1000 50 20 0 1 0 123456 1000000 500");

        Assert.Equal(new ProcessTimes(4711, 42, TimeSpan.FromSeconds(1.75), TimeSpan.FromSeconds(10.5)), times);
    }

    [Fact]
    public void A_tree_has_used_at_least_what_its_root_has()
    {
        var id = Environment.ProcessId;
        var own = ProcessTimes.Of(id);
        Assert.True(own > TimeSpan.Zero);
        Assert.True(ProcessTimes.OfTree(id) >= own);
    }

    [Theory]
    [InlineData(new[] { 3.0 }, 3)]
    [InlineData(new[] { 9.0, 1, 5 }, 5)]
    [InlineData(new[] { 4.0, 1, 2, 100 }, 3)]
    public void The_median_is_in_the_middle(double[] values, double median) => Assert.Equal(median, Median.Of(values));

    [Fact]
    public void There_is_no_median_of_nothing()
    {
        Assert.Throws<ArgumentException>(static () => Median.Of(Array.Empty<double>()));
        Assert.Null(Median.Of([null, null]));
        Assert.Equal(2, Median.Of([null, 2.0]));
    }

    [Fact]
    public void A_ratio_is_made_within_a_round()
    {
        // The machine was ten times slower in the last round: for both.
        Assert.Equal(2, Median.OfRatios([200, 210, 20], [100, 100, 10]));
    }

    [Fact]
    public void A_metric_is_summed_over_its_labels()
    {
        const string Text =
            """
            # HELP wallet_commit_batch_size Transfers in one database transaction.
            wallet_commit_batch_size_sum{a="1"} 12 1700000000000
            wallet_commit_batch_size_sum{a="} 2"} 30.5
            wallet_commit_batch_size_sum_other 1000
            plain 7
            """;

        Assert.Equal(42.5, PrometheusText.Sum(Text, "wallet_commit_batch_size_sum"));
        Assert.Equal(7, PrometheusText.Sum(Text, "plain"));
        Assert.Equal(0, PrometheusText.Sum(Text, "absent"));
    }
}
