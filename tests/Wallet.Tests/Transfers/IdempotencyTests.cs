using Wallet.Tests.Servers;

namespace Wallet.Tests.Transfers;

public abstract class IdempotencyTests(WalletFixture wallet)
{
    private readonly WalletHost _host = wallet.Host;

    [Fact]
    public async Task The_same_key_and_request_pays_once_and_gives_the_first_answer_again()
    {
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();

        var first = await payer.SendAsync(payee, 10, key: "lunch-1");
        await payer.SendAsync(payee, 30, key: "dinner-1");
        var again = await payer.SendAsync(payee, 10, key: "lunch-1");

        Assert.Equal((201, 201), (first.Status, again.Status));
        Assert.Equal(first.Text, again.Text);
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Null(first.Header("Idempotent-Replayed"));
        Assert.Equal("true", again.Header("Idempotent-Replayed"));
        Assert.Equal(60, await payer.BalanceAsync());
    }

    [Fact]
    public async Task A_key_is_the_same_with_and_without_quotes_and_white_space_in_the_body_does_not_matter()
    {
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();

        var bare = await payer.PostAsync("/v1/transfers", $$"""{"to_user_id":"{{payee.Id}}","amount":10}""", key: "key 1");
        var quoted = await payer.PostAsync("/v1/transfers", $$"""{ "amount": 10, "to_user_id": "{{payee.Id}}" }""", key: "\"key 1\"");

        Assert.Equal(bare.Text, quoted.Text);
        Assert.Equal("true", quoted.Header("Idempotent-Replayed"));
    }

    [Theory]
    [InlineData("""{"to_user_id": "PAYEE", "amount": 11}""")]
    [InlineData("""{"to_user_id": "OTHER", "amount": 10}""")]
    [InlineData("""{"to_user_id": "PAYEE", "amount": 10, "message": ""}""")]
    [InlineData("""{"to_user_id": "PAYEE", "amount": 10, "currency": "SGD"}""")]
    [InlineData("""{"to_user_id": "PAYEE", "amount": 10, "from_account_id": ACCOUNT}""")]
    public async Task The_same_key_with_another_request_is_refused_and_the_first_still_stands(string other)
    {
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();
        var first = await payer.SendAsync(payee, 10, key: "k");

        var refused = await payer.PostAsync(
            "/v1/transfers",
            other.Replace("PAYEE", payee.Id, StringComparison.Ordinal)
                .Replace("OTHER", (await _host.NewUserAsync()).Id, StringComparison.Ordinal)
                .Replace("ACCOUNT", $"{payer.AccountId}", StringComparison.Ordinal),
            key: "k");

        refused.AssertProblem(422, "idempotency_key_reused");
        Assert.Equal(90, await payer.BalanceAsync());
        Assert.Equal(first.Text, (await payer.SendAsync(payee, 10, key: "k")).Text);
    }

    [Fact]
    public async Task A_refusal_stays_a_refusal_under_its_key_even_if_there_is_money_now()
    {
        var payer = await _host.NewUserAsync(balance: 5);
        var payee = await _host.NewUserAsync();

        (await payer.SendAsync(payee, 10, key: "k")).AssertProblem(422, "insufficient_funds");
        await _host.DepositAsync(payer.AccountId, 100);
        var again = await payer.SendAsync(payee, 10, key: "k");

        again.AssertProblem(422, "insufficient_funds");
        Assert.Equal("true", again.Header("Idempotent-Replayed"));
        Assert.Equal(105, await payer.BalanceAsync());
        (await payer.SendAsync(payee, 10, key: "another")).AssertStatus(201);
    }

    [Fact]
    public async Task A_recipient_who_was_not_found_stays_so_under_the_key_also_when_she_has_an_account_now()
    {
        var payer = await _host.NewUserAsync(balance: 5);
        var payee = await _host.SignInAsync($"late-{Guid.NewGuid():N}");

        (await payer.SendAsync(payee, 1, key: "k")).AssertProblem(404, "recipient_not_found");
        await payee.OpenAccountAsync("SGD", "main");

        (await payer.SendAsync(payee, 1, key: "k")).AssertProblem(404, "recipient_not_found");
        (await payer.SendAsync(payee, 1, key: "another")).AssertStatus(201);
    }

    [Fact]
    public async Task A_rejected_transfer_can_be_looked_at_by_who_asked_for_it_alone()
    {
        var payer = await _host.NewUserAsync(balance: 5);
        var payee = await _host.NewUserAsync();
        (await payer.SendAsync(payee, 10, key: "k")).AssertProblem(422, "insufficient_funds");
        var id = Service.Http.RequestId.FromKey(payer.Id, "k");

        var seen = await payer.GetAsync($"/v1/transfers/{id}");

        Assert.Equal("rejected", seen.Body.GetProperty("status").GetString());
        Assert.Equal("insufficient_funds", seen.Body.GetProperty("refusal").GetString());
        Assert.False(seen.Body.TryGetProperty("payee", out _)); // or every account's owner could be looked up without sending a cent
        (await payee.GetAsync($"/v1/transfers/{id}")).AssertProblem(404, "transfer_not_found");
    }

    [Fact]
    public async Task A_rejected_transfer_in_an_unknown_currency_can_be_looked_at()
    {
        var payer = await _host.NewUserAsync(balance: 5);
        (await payer.SendAsync(payer, 1, key: "k", more: new { currency = "XXX" })).AssertProblem(422, "currency_unknown");

        var seen = await payer.GetAsync($"/v1/transfers/{Service.Http.RequestId.FromKey(payer.Id, "k")}");

        Assert.Equal("XXX", seen.Body.GetProperty("currency").GetString());
        Assert.False(seen.Body.TryGetProperty("decimals", out _));
    }

    [Fact]
    public async Task Without_a_key_each_request_is_a_payment_of_its_own()
    {
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();

        var first = await payer.SendAsync(payee, 10);
        var second = await payer.SendAsync(payee, 10);

        Assert.NotEqual(first.Body.GetProperty("id").GetGuid(), second.Body.GetProperty("id").GetGuid());
        Assert.Equal(80, await payer.BalanceAsync());
    }

    [Fact]
    public async Task Two_users_may_use_the_same_key()
    {
        var one = await _host.NewUserAsync(balance: 10);
        var two = await _host.NewUserAsync(balance: 10);

        (await one.SendAsync(two, 1, key: "same")).AssertStatus(201);
        var other = await two.SendAsync(one, 1, key: "same");

        other.AssertStatus(201);
        Assert.Null(other.Header("Idempotent-Replayed"));
    }

    [Fact]
    public async Task The_same_key_sent_many_times_at_once_pays_once()
    {
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();

        var responses = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => payer.SendAsync(payee, 10, key: "once")));

        Assert.All(responses, r => Assert.Equal((201, responses[0].Text), (r.Status, r.Text)));
        Assert.Single(responses, r => r.Header("Idempotent-Replayed") is null);
        Assert.Equal(90, await payer.BalanceAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("\"unfinished")]
    [InlineData("in\"side")]
    public async Task A_malformed_key_is_refused(string key)
    {
        var payer = await _host.NewUserAsync(balance: 10);

        (await payer.SendAsync(payer, 1, key)).AssertProblem(400, "invalid_idempotency_key");
    }

    [Fact]
    public async Task Two_keys_are_refused()
    {
        var payer = await _host.NewUserAsync(balance: 10);

        var response = await _host.SendAsync(
            HttpMethod.Post, "/v1/transfers", payer.Token, WalletHost.Json("""{"to_user_id": "x", "amount": 1}"""), ("Idempotency-Key", "a"), ("Idempotency-Key", "b"));

        response.AssertProblem(400, "invalid_idempotency_key");
    }
}

public sealed class IdempotencyOnSqliteTests(SqliteWallet wallet) : IdempotencyTests(wallet), IClassFixture<SqliteWallet>
{
    private readonly SqliteWallet _wallet = wallet;

    [Fact]
    public async Task Where_a_key_is_required_a_request_without_one_is_refused()
    {
        await using var host = await WalletHost.StartAsync(
            _wallet.Redis, new Dictionary<string, string?>(_wallet.Settings) { ["Wallet:RequireIdempotencyKey"] = "true" });
        var user = await host.SignInAsync($"strict-{Guid.NewGuid():N}");

        (await user.PostAsync("/v1/transfers", """{"to_user_id": "x", "amount": 1}""")).AssertProblem(400, "idempotency_key_required");
        (await user.PostAsync("/v1/accounts", """{"currency": "SGD"}""")).AssertProblem(400, "idempotency_key_required");
        (await user.PostAsync("/v1/accounts", """{"currency": "SGD"}""", key: "k")).AssertStatus(201);
    }
}

public sealed class IdempotencyOnPostgresTests(PostgresWallet wallet) : IdempotencyTests(wallet), IClassFixture<PostgresWallet>;
