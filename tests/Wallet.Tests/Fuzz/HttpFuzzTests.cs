using System.Globalization;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Fuzz;

/// <summary>
/// Hostile requests to all that the OpenAPI document describes. <c>WALLET_TEST_FUZZ</c> says how many, <c>WALLET_TEST_SEED</c> which: see <c>CONTRIBUTING.md</c>.
/// </summary>
public abstract class HttpFuzzTests(WalletFixture wallet, int requests)
{
    private const int FixedSeed = 20_300_131;

    /// <summary>With so many, every operation and every mutation has its turn.</summary>
    private const int ReachFrom = 2_000;

    [Fact]
    public Task Hostile_requests_break_no_rule() => RunAsync(FixedSeed);

    [Fact]
    public Task Hostile_requests_that_are_others_each_time_break_no_rule() =>
        RunAsync(Setting("WALLET_TEST_SEED") ?? Random.Shared.Next());

    private async Task RunAsync(int seed)
    {
        var count = Setting("WALLET_TEST_FUZZ") ?? requests;
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} requests, WALLET_TEST_SEED={seed}");
        await using var run = await FuzzRun.StartAsync(seed, wallet);

        await run.SendAsync(count);

        foreach (var (what, times) in run.Counts.OrderBy(static c => c.Key, StringComparer.Ordinal))
            TestContext.Current.TestOutputHelper?.WriteLine($"{times,8} {what}");
        if (count >= ReachFrom)
            run.AssertReach();
    }

    private static int? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture) : null;
}

public sealed class HttpFuzzOnSqliteTests(SqliteWallet wallet) : HttpFuzzTests(wallet, requests: 4_000), IClassFixture<SqliteWallet>;

public sealed class HttpFuzzOnPostgresTests(PostgresWallet wallet) : HttpFuzzTests(wallet, requests: 1_000), IClassFixture<PostgresWallet>;
