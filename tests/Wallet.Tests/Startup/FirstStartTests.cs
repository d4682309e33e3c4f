using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Startup;

public sealed partial class FirstStartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => $"--Wallet:SqliteFile={_folder.File("wallet.db")}";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_first_start_prints_a_curl_line_that_makes_the_first_transfer()
    {
        await using var wallet = await WalletProcess.StartAsync("Development", File);
        await Eventually.AssertAsync(() =>
        {
            Assert.Matches(CurlLine(), wallet.Output);
            return Task.CompletedTask;
        });

        var curl = CurlLine().Match(wallet.Output).Value;
        await ServerProcess.RunAsync("sh", "-c", curl.Replace("curl -s", "curl --fail-with-body -s", StringComparison.Ordinal));

        Assert.Contains($"WalletService listens on {wallet.Http.BaseAddress!.GetLeftPart(UriPartial.Authority)}", wallet.Output, StringComparison.Ordinal);
        Assert.Contains("/docs", wallet.Output, StringComparison.Ordinal);
        await AssertBalancesAsync(wallet, [999_900, 100, 0, 0]);
    }

    [Fact]
    public async Task A_second_start_keeps_the_money_and_seeds_nothing_again()
    {
        await using (var first = await WalletProcess.StartAsync("Development", File))
        {
            await AssertBalancesAsync(first, [1_000_000, 0, 0, 0]);
            using var transfer = await PostAsync(first, "house", """{"to_user_id": "nick", "amount": 7}""");
            Assert.Equal(201, (int)transfer.StatusCode);
            await first.TerminateAsync();
            Assert.Equal(0, first.ExitCode);
        }

        await using var second = await WalletProcess.StartAsync("Development", File);
        await AssertBalancesAsync(second, [999_993, 0, 0, 7]);
    }

    [Fact]
    public async Task The_opening_balance_is_a_deposit_from_the_world()
    {
        await using var wallet = await WalletProcess.StartAsync("Development", File);

        var entry = (await GetAsync(wallet, "house", "/v1/transactions")).GetProperty("data")[0];

        Assert.Equal("deposit", entry.GetProperty("kind").GetString());
        Assert.Equal("@world", entry.GetProperty("counterparty").GetProperty("user_id").GetString());
        Assert.Equal(1_000_000, entry.GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task Two_first_starts_on_one_file_seed_it_once()
    {
        var starting = new[] { WalletProcess.StartAsync("Development", File), WalletProcess.StartAsync("Development", File) };
        foreach (var wallet in await Task.WhenAll(starting))
        {
            await AssertBalancesAsync(wallet, [1_000_000, 0, 0, 0]);
            await wallet.DisposeAsync();
        }
    }

    [Fact]
    public async Task Migrate_brings_the_database_up_to_date_and_ends()
    {
        await using var migration = await WalletProcess.RunToEndAsync("Production", "migrate", File);

        Assert.Equal(0, migration.ExitCode);
        Assert.True(System.IO.File.Exists(_folder.File("wallet.db")));
    }

    [Fact]
    public async Task An_unknown_command_is_told_which_there_are()
    {
        await using var wallet = await WalletProcess.RunToEndAsync("Production", "sevre");

        Assert.Equal(2, wallet.ExitCode);
        Assert.Contains("serve (the default), migrate, verify", wallet.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ConnectionStrings__Redis")] // named by the message where nobody could sign in
    [InlineData("QueueCapacity", "--Wallet:Commit:QueueCapacity=0")]
    [InlineData("RetryWindow", "--Wallet:Commit:RetryWindow=1.00:00:00")]
    [InlineData("CacheFor", "--Wallet:Sessions:CacheFor=00:02:00")]
    [InlineData("PublicUrl", "--Wallet:PublicUrl=nowhere")]
    [InlineData("Wallet:Currencies", "--Wallet:Currencies:SGD:Decimals=99")]
    [InlineData("Wallet:DefaultCurrency", "--Wallet:DefaultCurrency=XXX")]
    [InlineData("ConnectionStrings:Redis", "--ConnectionStrings:Redis=localhost,connectTimeout=soon")]
    [InlineData("ConnectionStrings:Wallet", "--ConnectionStrings:Wallet=Host=x;Nonsense=1")]
    [InlineData("Wallet:Jwt:Authority", "--Wallet:Jwt:Authority=http://issuer.example", "--Wallet:Jwt:Audience=x")]
    [InlineData("Audience", "--Wallet:Jwt:Authority=https://issuer.example")]
    public async Task A_wrong_setting_stops_the_start_with_a_message_that_names_it(string setting, params string[] arguments)
    {
        var redis = arguments.Length == 0 || arguments[0].StartsWith("--ConnectionStrings:Redis", StringComparison.Ordinal) || arguments[0].Contains("Jwt", StringComparison.Ordinal)
            ? []
            : new[] { "--ConnectionStrings:Redis=127.0.0.1:1,connectTimeout=100" };

        await using var wallet = await WalletProcess.RunToEndAsync("Production", [File, "--urls", "http://127.0.0.1:0", .. redis, .. arguments]);

        Assert.Equal(1, wallet.ExitCode);
        Assert.Contains(setting, wallet.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", wallet.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_stops_the_service()
    {
        await System.IO.File.WriteAllTextAsync(_folder.File("wallet.db"), new string('x', 10_000), TestContext.Current.CancellationToken);

        await using var wallet = await WalletProcess.RunToEndAsync("Development", File, "--urls", "http://127.0.0.1:0");

        Assert.Equal(1, wallet.ExitCode);
        Assert.Contains("The database cannot be used", wallet.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_answered_before_a_stop_under_load_is_there_after_it()
    {
        await using var wallet = await WalletProcess.StartAsync("Development", File);
        var answered = 0;
        var clients = Enumerable.Range(0, 16).Select(async _ =>
        {
            while (true)
            {
                try
                {
                    using var response = await PostAsync(wallet, "house", """{"to_user_id": "yunus", "amount": 1}""");
                    if ((int)response.StatusCode == 201)
                        Interlocked.Increment(ref answered);
                    else
                        Assert.Equal(503, (int)response.StatusCode);
                }
                catch (HttpRequestException)
                {
                    return; // it no longer listens
                }
            }
        }).ToArray();
        while (Volatile.Read(ref answered) < 200)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);
        await wallet.TerminateAsync();
        await Task.WhenAll(clients);

        Assert.Equal(0, wallet.ExitCode);
        await using var again = await WalletProcess.StartAsync("Development", File);
        await AssertBalancesAsync(again, [1_000_000 - answered, answered, 0, 0]);
    }

    /// <summary>Of house, yunus, andrew and nick.</summary>
    private static async Task AssertBalancesAsync(WalletProcess wallet, long[] expected)
    {
        var balances = new List<long>();
        foreach (var user in new[] { "house", "yunus", "andrew", "nick" })
            balances.Add((await GetAsync(wallet, user, "/v1/balance")).GetProperty("balance").GetInt64());
        Assert.Equal(expected, balances);
    }

    private static async Task<JsonElement> GetAsync(WalletProcess wallet, string user, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", user) } };
        using var response = await wallet.Http.SendAsync(request);
        return JsonSerializer.Deserialize<JsonElement>(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
    }

    private static async Task<HttpResponseMessage> PostAsync(WalletProcess wallet, string user, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/transfers")
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", user) },
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        return await wallet.Http.SendAsync(request);
    }

    [GeneratedRegex(@"curl -s .*\\\r?\n.*'\{.*\}'")]
    private static partial Regex CurlLine();
}
