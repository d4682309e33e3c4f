using System.Globalization;
using System.Text.Json;
using Wallet.Ledger;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Accounts;

public abstract class TransactionTests(WalletFixture wallet)
{
    private readonly WalletHost _host = wallet.Host;

    [Fact]
    public async Task Both_sides_see_the_transfer_in_their_history()
    {
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();
        var transfer = (await payer.SendAsync(payee, 40, more: new { message = "rent" })).Body;

        var paid = (await payer.GetAsync("/v1/transactions")).Body.GetProperty("data")[0];
        var received = (await payee.GetAsync("/v1/transactions")).Body.GetProperty("data")[0];

        foreach (var entry in new[] { paid, received })
        {
            Assert.Equal(transfer.GetProperty("id").GetString(), entry.GetProperty("transfer_id").GetString());
            Assert.Equal(transfer.GetProperty("created_at").GetString(), entry.GetProperty("created_at").GetString());
            Assert.Equal("transfer", entry.GetProperty("kind").GetString());
            Assert.Equal("rent", entry.GetProperty("message").GetString());
            Assert.Matches("^[0-9a-f]{64}$", entry.GetProperty("hash").GetString());
        }

        Assert.Equal(("out", -40, 60, 2), Line(paid));
        Assert.Equal(("in", 40, 40, 1), Line(received));
        Assert.Equal(payee.Id, paid.GetProperty("counterparty").GetProperty("user_id").GetString());
        Assert.Equal(payer.AccountId, received.GetProperty("counterparty").GetProperty("account_id").GetInt64());
        Assert.Equal(received.GetProperty("hash").GetString(), (await payee.GetAsync("/v1/balance")).Body.GetProperty("head_hash").GetString());

        static (string?, long, long, long) Line(JsonElement entry) => (
            entry.GetProperty("direction").GetString(), entry.GetProperty("amount").GetInt64(),
            entry.GetProperty("balance_after").GetInt64(), entry.GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task A_refused_transfer_is_in_no_history()
    {
        var payer = await _host.NewUserAsync();
        var payee = await _host.NewUserAsync();

        (await payer.SendAsync(payee, 1, key: "k")).AssertProblem(422, "insufficient_funds");

        Assert.Equal("""{"data":[],"has_more":false}""", (await payer.GetAsync("/v1/transactions")).Text);
        Assert.Equal("""{"data":[],"has_more":false}""", (await payee.GetAsync("/v1/transactions")).Text);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(100)]
    public async Task Pages_follow_each_other_without_gap_or_repeat_while_more_is_posted(int limit)
    {
        const int Entries = 140;
        var user = await UserWithHistoryAsync(Entries);

        var seqs = new List<long>();
        var next = $"/v1/transactions?limit={limit}";
        while (true)
        {
            var page = await user.GetAsync(next);
            page.AssertStatus(200);
            var data = page.Body.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("seq").GetInt64()).ToArray();
            Assert.True(data.Length <= limit);
            seqs.AddRange(data);
            Assert.Equal(page.Body.GetProperty("has_more").GetBoolean(), page.Header("Link") is not null);
            if (page.Header("Link") is not { } link)
                break;
            Assert.Contains($"cursor={page.Body.GetProperty("next_cursor").GetString()}", link, StringComparison.Ordinal);
            next = LinkTarget(link);
            await _host.DepositAsync(user.AccountId, 1);
        }

        Assert.Equal(Enumerable.Range(1, Entries).Reverse().Select(i => (long)i), seqs);
    }

    [Fact]
    public async Task A_page_has_20_entries_unless_told_otherwise()
    {
        var user = await UserWithHistoryAsync(25);

        var page = (await user.GetAsync("/v1/transactions")).Body;

        Assert.Equal(20, page.GetProperty("data").GetArrayLength());
        Assert.True(page.GetProperty("has_more").GetBoolean());
    }

    [Fact]
    public async Task The_last_full_page_says_that_nothing_follows()
    {
        var user = await UserWithHistoryAsync(10);

        var page = (await user.GetAsync("/v1/transactions?limit=10")).Body;

        Assert.Equal(10, page.GetProperty("data").GetArrayLength());
        Assert.False(page.GetProperty("has_more").GetBoolean());
        Assert.False(page.TryGetProperty("next_cursor", out _));
    }

    [Fact]
    public async Task The_direction_filters_over_all_pages()
    {
        var user = await _host.NewUserAsync(balance: 100);
        var friend = await _host.NewUserAsync(balance: 100);
        for (var i = 0; i < 5; i++)
        {
            await user.SendAsync(friend, 1);
            await friend.SendAsync(user, 2);
        }

        Assert.Equal([-1, -1, -1, -1, -1], await AmountsAsync(user, "direction=out&limit=2"));
        Assert.Equal([2, 2, 2, 2, 2, 100], await AmountsAsync(user, "direction=in&limit=2"));
    }

    [Fact]
    public async Task A_period_holds_what_happened_from_its_begin_until_before_its_end()
    {
        var user = await _host.NewUserAsync();
        var times = new List<string>();
        for (var i = 1; i <= 5; i++)
        {
            await _host.DepositAsync(user.AccountId, i);
            times.Add((await user.GetAsync("/v1/transactions?limit=1")).Body.GetProperty("data")[0].GetProperty("created_at").GetString()!);
        }

        Assert.Equal([4, 3, 2], await AmountsAsync(user, $"from={times[1]}&to={times[4]}&limit=2"));
        Assert.Equal([5, 4], await AmountsAsync(user, $"from={times[3]}"));
        Assert.Equal([2, 1], await AmountsAsync(user, $"to={times[2]}"));
        Assert.Empty(await AmountsAsync(user, $"from={times[2]}&to={times[2]}"));
        Assert.Empty(await AmountsAsync(user, "from=2999-01-01T00:00:00Z"));
        Assert.Empty(await AmountsAsync(user, "to=2001-01-01T00:00:00Z"));
        Assert.Equal([5, 4, 3, 2, 1], await AmountsAsync(user, "from=2001-01-01T08:00:00%2B08:00&to=2999-12-31T23:59:59.999Z"));
    }

    [Fact]
    public async Task The_history_of_a_further_account_is_shown_by_its_id_or_currency()
    {
        var user = await _host.NewUserAsync(balance: 1);
        var euros = await user.OpenAccountAsync("EUR", "euros");
        await _host.DepositAsync(euros, 250);

        Assert.Equal([250], await AmountsAsync(user, $"account_id={euros}"));
        Assert.Equal([250], await AmountsAsync(user, "currency=EUR"));
        Assert.Equal([1], await AmountsAsync(user, ""));
        Assert.Equal(250, (await user.GetAsync($"/v1/accounts/{euros}/transactions")).Body.GetProperty("data")[0].GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task A_cursor_is_good_for_the_account_and_the_filters_that_it_was_given_for()
    {
        var user = await UserWithHistoryAsync(5);
        var other = await user.OpenAccountAsync("SGD", "other");
        var cursor = (await user.GetAsync("/v1/transactions?limit=2&direction=in")).Body.GetProperty("next_cursor").GetString();

        (await user.GetAsync($"/v1/transactions?limit=3&direction=in&cursor={cursor}")).AssertStatus(200);
        (await user.GetAsync($"/v1/accounts/{user.AccountId}/transactions?direction=in&cursor={cursor}")).AssertStatus(200);
        (await user.GetAsync($"/v1/transactions?cursor={cursor}")).AssertProblem(400, "invalid_cursor");
        (await user.GetAsync($"/v1/transactions?direction=out&cursor={cursor}")).AssertProblem(400, "invalid_cursor");
        (await user.GetAsync($"/v1/transactions?direction=in&account_id={other}&cursor={cursor}")).AssertProblem(400, "invalid_cursor");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("AAAA")]
    [InlineData("%00")]
    [InlineData("AQAAAAAAAAPoAAAAAAAAAAUAAAAAAAAAAA")]
    [InlineData("!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!")]
    public async Task A_cursor_that_was_never_given_out_is_refused(string cursor)
    {
        var user = await _host.NewUserAsync(balance: 1);

        (await user.GetAsync($"/v1/transactions?cursor={cursor}")).AssertProblem(400, "invalid_cursor");
    }

    [Theory]
    [InlineData("limit=0", "limit", "invalid")]
    [InlineData("limit=101", "limit", "invalid")]
    [InlineData("limit=-1", "limit", "invalid")]
    [InlineData("limit=ten", "limit", "invalid")]
    [InlineData("limit=", "limit", "invalid")]
    [InlineData("limit=1&limit=2", "limit", "invalid")]
    [InlineData("direction=IN", "direction", "invalid")]
    [InlineData("direction=sideways", "direction", "invalid")]
    [InlineData("from=yesterday", "from", "invalid")]
    [InlineData("from=2030-01-31", "from", "invalid")]
    [InlineData("to=2030-02-30T00:00:00Z", "to", "invalid")]
    [InlineData("to=2030-01-31T08:00:00", "to", "invalid")]
    [InlineData("account_id=abc", "account_id", "invalid")]
    [InlineData("Limit=5", "Limit", "unknown")]
    [InlineData("offset=5", "offset", "unknown")]
    public async Task A_query_that_cannot_be_understood_is_refused_and_never_ignored(string query, string parameter, string code)
    {
        var user = await _host.NewUserAsync(balance: 1);

        var response = await user.GetAsync($"/v1/transactions?{query}");

        response.AssertProblem(400, "invalid_request");
        var error = Assert.Single(response.Body.GetProperty("errors").EnumerateArray());
        Assert.Equal((parameter, code), (error.GetProperty("parameter").GetString(), error.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Whoever_has_the_history_can_check_the_chain_without_the_service()
    {
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();
        for (var i = 1; i <= 3; i++)
            await payer.SendAsync(payee, i, more: new { message = $"part {i}" });

        var account = (await payer.GetAsync("/v1/balance")).Body;
        var entries = (await payer.GetAsync("/v1/transactions")).Body.GetProperty("data").EnumerateArray().Reverse().ToArray();

        var head = HashChain.Opening(payer.AccountId, payer.Id, "SGD", Time(account));
        foreach (var entry in entries)
        {
            var message = entry.TryGetProperty("message", out var text) ? text.GetString() : null;
            head = HashChain.Link(
                head,
                new Entry
                {
                    AccountId = entry.GetProperty("account_id").GetInt64(),
                    Seq = entry.GetProperty("seq").GetInt64(),
                    TransferId = entry.GetProperty("transfer_id").GetGuid(),
                    Kind = Enum.Parse<TransferKind>(entry.GetProperty("kind").GetString()!, ignoreCase: true),
                    Amount = entry.GetProperty("amount").GetInt64(),
                    BalanceAfter = entry.GetProperty("balance_after").GetInt64(),
                    CounterpartyId = entry.GetProperty("counterparty").GetProperty("account_id").GetInt64(),
                    Message = message,
                    CreatedAt = Time(entry),
                    Hash = default,
                },
                HashChain.MessageDigest(message));
            Assert.Equal(head.ToString(), entry.GetProperty("hash").GetString());
        }

        Assert.Equal(head.ToString(), account.GetProperty("head_hash").GetString());
        Assert.Equal(entries.Length, account.GetProperty("entry_count").GetInt32());

        static DateTime Time(JsonElement element) =>
            DateTime.Parse(element.GetProperty("created_at").GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
    }

    private async Task<TestUser> UserWithHistoryAsync(int entries)
    {
        var user = await _host.NewUserAsync();
        await Task.WhenAll(Enumerable.Range(1, entries).Select(i => _host.DepositAsync(user.AccountId, i)));
        return user;
    }

    private static async Task<List<long>> AmountsAsync(TestUser user, string query)
    {
        var amounts = new List<long>();
        var next = $"/v1/transactions?{query}";
        while (true)
        {
            var page = await user.GetAsync(next);
            page.AssertStatus(200);
            amounts.AddRange(page.Body.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("amount").GetInt64()));
            if (page.Header("Link") is not { } link)
                return amounts;
            next = LinkTarget(link);
        }
    }

    private static string LinkTarget(string link)
    {
        Assert.EndsWith(">; rel=\"next\"", link);
        return link[1..link.IndexOf('>', StringComparison.Ordinal)];
    }
}

public sealed class TransactionOnSqliteTests(SqliteWallet wallet) : TransactionTests(wallet), IClassFixture<SqliteWallet>;

public sealed class TransactionOnPostgresTests(PostgresWallet wallet) : TransactionTests(wallet), IClassFixture<PostgresWallet>;
