using System.Text.Json;
using Wallet.Ledger;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Accounts;

public abstract class AccountTests(WalletFixture wallet)
{
    private readonly WalletHost _host = wallet.Host;

    [Fact]
    public async Task A_newcomer_has_no_balance_until_she_opens_an_account()
    {
        var newcomer = await _host.SignInAsync($"newcomer-{Guid.NewGuid():N}");
        (await newcomer.GetAsync("/v1/balance")).AssertProblem(404, "account_not_found");
        Assert.Equal("""{"data":[]}""", (await newcomer.GetAsync("/v1/accounts")).Text);

        var opened = await newcomer.PostAsync("/v1/accounts", """{"currency": "SGD"}""");

        opened.AssertStatus(201);
        var account = opened.Body;
        Assert.Equal(newcomer.Id, account.GetProperty("user_id").GetString());
        Assert.Equal("main", account.GetProperty("name").GetString());
        Assert.Equal("SGD", account.GetProperty("currency").GetString());
        Assert.Equal(0, account.GetProperty("decimals").GetInt32());
        Assert.Equal("active", account.GetProperty("status").GetString());
        Assert.Equal(0, account.GetProperty("balance").GetInt64());
        Assert.Equal(0, account.GetProperty("held").GetInt64());
        Assert.Equal(0, account.GetProperty("available").GetInt64());
        Assert.Equal(0, account.GetProperty("entry_count").GetInt64());
        Assert.Matches("^[0-9a-f]{64}$", account.GetProperty("head_hash").GetString());
        Assert.Equal(opened.Text, (await newcomer.GetAsync("/v1/balance")).Text);
        Assert.Equal(opened.Text, (await newcomer.GetAsync(opened.Headers.Location!.ToString())).Text);
    }

    [Fact]
    public async Task A_user_lists_her_accounts_oldest_first()
    {
        var user = await _host.NewUserAsync();
        var savings = await user.OpenAccountAsync("SGD", "savings");
        var euros = await user.OpenAccountAsync("EUR", "main");

        var list = (await user.GetAsync("/v1/accounts")).Body.GetProperty("data").EnumerateArray().ToArray();

        Assert.Equal([user.AccountId, savings, euros], list.Select(a => a.GetProperty("account_id").GetInt64()));
        Assert.Equal([0, 0, 2], list.Select(a => a.GetProperty("decimals").GetInt32()));
    }

    [Fact]
    public async Task The_balance_is_that_of_the_oldest_account_unless_another_is_named()
    {
        var user = await _host.NewUserAsync(balance: 3);
        var euros = await user.OpenAccountAsync("EUR", "euros");
        var savings = await user.OpenAccountAsync("SGD", "savings");

        Assert.Equal(user.AccountId, await ShownAsync("/v1/balance"));
        Assert.Equal(user.AccountId, await ShownAsync("/v1/balance?currency=SGD"));
        Assert.Equal(euros, await ShownAsync("/v1/balance?currency=EUR"));
        Assert.Equal(savings, await ShownAsync($"/v1/balance?account_id={savings}"));
        (await user.GetAsync("/v1/balance?currency=JPY")).AssertProblem(404, "account_not_found");

        async Task<long> ShownAsync(string path) => (await user.GetAsync(path)).Body.GetProperty("account_id").GetInt64();
    }

    [Fact]
    public async Task Names_are_unique_among_a_users_accounts_of_one_currency()
    {
        var user = await _host.NewUserAsync();

        (await user.PostAsync("/v1/accounts", """{"currency": "SGD", "name": "main"}""")).AssertProblem(422, "account_name_taken");
        (await user.PostAsync("/v1/accounts", """{"currency": "SGD"}""")).AssertProblem(422, "account_name_taken");
        await user.OpenAccountAsync("EUR", "main");
        await user.OpenAccountAsync("SGD", "Main");
        await (await _host.NewUserAsync()).OpenAccountAsync("EUR", "main");
    }

    [Fact]
    public async Task An_unknown_currency_is_refused()
    {
        var user = await _host.NewUserAsync();

        (await user.PostAsync("/v1/accounts", """{"currency": "XXX"}""")).AssertProblem(422, "currency_unknown");
    }

    [Fact]
    public async Task A_user_opens_no_more_accounts_than_the_limit()
    {
        var user = await _host.NewUserAsync();
        for (var i = 1; i < Limits.AccountsPerUserMax; i++)
            await user.OpenAccountAsync("SGD", $"account {i}");

        (await user.PostAsync("/v1/accounts", """{"currency": "SGD", "name": "one more"}""")).AssertProblem(422, "too_many_accounts");
    }

    [Fact]
    public async Task Opening_with_a_key_happens_once_and_another_request_with_it_is_refused()
    {
        var user = await _host.SignInAsync($"user-{Guid.NewGuid():N}");

        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => user.PostAsync("/v1/accounts", """{"currency": "SGD", "name": "a"}""", key: "k")));

        Assert.All(responses, r => Assert.Equal((201, responses[0].Text), (r.Status, r.Text)));
        Assert.Single(responses, r => r.Header("Idempotent-Replayed") is null);
        Assert.Single((await user.GetAsync("/v1/accounts")).Body.GetProperty("data").EnumerateArray());
        (await user.PostAsync("/v1/accounts", """{"currency": "SGD", "name": "b"}""", key: "k")).AssertProblem(422, "idempotency_key_reused");
    }

    [Fact]
    public async Task The_same_name_asked_for_many_times_at_once_is_given_once()
    {
        var user = await _host.SignInAsync($"user-{Guid.NewGuid():N}");

        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => user.PostAsync("/v1/accounts", """{"currency": "SGD"}""")));

        Assert.Single(responses, r => r.Status == 201);
        Assert.Equal(7, responses.Count(r => r.Status == 422));
    }

    [Fact]
    public async Task Someone_elses_account_does_not_exist()
    {
        var owner = await _host.NewUserAsync();
        var other = await _host.NewUserAsync();
        var world = (await _host.WorldAsync("SGD")).Id;

        foreach (var id in new[] { owner.AccountId, world, 0, long.MaxValue })
        {
            (await other.GetAsync($"/v1/accounts/{id}")).AssertProblem(404, "account_not_found");
            (await other.GetAsync($"/v1/accounts/{id}/transactions")).AssertProblem(404, "account_not_found");
        }

        (await other.GetAsync($"/v1/balance?account_id={owner.AccountId}")).AssertProblem(404, "account_not_found");
        (await other.GetAsync($"/v1/transactions?account_id={owner.AccountId}")).AssertProblem(404, "account_not_found");
        (await other.GetAsync("/v1/accounts/12x")).AssertProblem(404, "account_not_found");
        (await other.GetAsync("/v1/accounts/-1")).AssertProblem(404, "account_not_found");
    }

    [Theory]
    [InlineData("""{}""", "/currency", "required")]
    [InlineData("""{"currency": "sgd"}""", "/currency", "invalid")]
    [InlineData("""{"currency": "SGDX"}""", "/currency", "invalid")]
    [InlineData("""{"currency": "SGD", "name": ""}""", "/name", "invalid")]
    [InlineData("""{"currency": "SGD", "name": " padded "}""", "/name", "invalid")]
    [InlineData("""{"currency": "SGD", "name": "two\nlines"}""", "/name", "invalid")]
    [InlineData("""{"currency": "SGD", "name": "12345678901234567890123456789012345678901234567890123456789012345"}""", "/name", "invalid")]
    public async Task A_malformed_opening_is_refused_at_its_place(string body, string place, string code)
    {
        var user = await _host.NewUserAsync();

        var response = await user.PostAsync("/v1/accounts", body);

        response.AssertProblem(400, "invalid_request");
        var error = Assert.Single(response.Body.GetProperty("errors").EnumerateArray());
        Assert.Equal((place, code), (error.GetProperty("pointer").GetString(), error.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("with space")]
    [InlineData("zoë@example.com")]
    [InlineData("用户")]
    [InlineData("Robert'); DROP TABLE accounts;--")]
    public async Task A_user_id_is_any_text_and_is_found_again(string prefix)
    {
        var payee = await _host.SignInAsync($"{prefix} {Guid.NewGuid():N}");
        await payee.OpenAccountAsync("SGD", "main");
        var payer = await _host.NewUserAsync(balance: 1);

        var response = await payer.SendAsync(payee, 1);

        Assert.Equal(payee.Id, response.Body.GetProperty("payee").GetProperty("user_id").GetString());
        Assert.Equal(1, await payee.BalanceAsync());
        Assert.Equal(JsonValueKind.Number, (await payee.GetAsync("/v1/balance")).Body.GetProperty("account_id").ValueKind);
    }
}

public sealed class AccountOnSqliteTests(SqliteWallet wallet) : AccountTests(wallet), IClassFixture<SqliteWallet>;

public sealed class AccountOnPostgresTests(PostgresWallet wallet) : AccountTests(wallet), IClassFixture<PostgresWallet>;
