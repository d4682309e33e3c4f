using Wallet.Tests.Servers;

namespace Wallet.Tests.Transfers;

public abstract class TransferTests(WalletFixture wallet)
{
    private readonly WalletHost _host = wallet.Host;

    [Fact]
    public async Task Money_that_is_sent_leaves_the_payer_and_reaches_the_payee()
    {
        var payer = await _host.NewUserAsync(balance: 1_000);
        var payee = await _host.NewUserAsync();

        var response = await payer.SendAsync(payee, 100, more: new { message = "lunch 🍜" });

        response.AssertStatus(201);
        var transfer = response.Body;
        Assert.Equal("transfer", transfer.GetProperty("kind").GetString());
        Assert.Equal("posted", transfer.GetProperty("status").GetString());
        Assert.Equal(100, transfer.GetProperty("amount").GetInt64());
        Assert.Equal("SGD", transfer.GetProperty("currency").GetString());
        Assert.Equal(0, transfer.GetProperty("decimals").GetInt32());
        Assert.Equal("lunch 🍜", transfer.GetProperty("message").GetString());
        Assert.Equal(payer.AccountId, transfer.GetProperty("payer").GetProperty("account_id").GetInt64());
        Assert.Equal(payer.Id, transfer.GetProperty("payer").GetProperty("user_id").GetString());
        Assert.Equal(payee.AccountId, transfer.GetProperty("payee").GetProperty("account_id").GetInt64());
        Assert.Equal(900, transfer.GetProperty("balance_after").GetInt64());
        Assert.Equal(900, await payer.BalanceAsync());
        Assert.Equal(100, await payee.BalanceAsync());
        Assert.Equal(response.Text, (await payer.GetAsync(response.Headers.Location!.ToString())).Text);
    }

    [Fact]
    public async Task The_payee_sees_the_transfer_but_not_the_payers_balance()
    {
        var payer = await _host.NewUserAsync(balance: 10);
        var payee = await _host.NewUserAsync();
        var location = (await payer.SendAsync(payee, 4)).Headers.Location!.ToString();

        var seen = await payee.GetAsync(location);

        seen.AssertStatus(200);
        Assert.Equal(4, seen.Body.GetProperty("amount").GetInt64());
        Assert.False(seen.Body.TryGetProperty("balance_after", out _));
    }

    [Fact]
    public async Task A_transfer_does_not_exist_for_those_who_have_no_part_in_it()
    {
        var payer = await _host.NewUserAsync(balance: 10);
        var location = (await payer.SendAsync(await _host.NewUserAsync(), 4)).Headers.Location!.ToString();

        (await (await _host.NewUserAsync()).GetAsync(location)).AssertProblem(404, "transfer_not_found");
        (await payer.GetAsync("/v1/transfers/00000000-0000-0000-0000-000000000000")).AssertProblem(404, "transfer_not_found");
        (await payer.GetAsync("/v1/transfers/no-uuid")).AssertProblem(404, "transfer_not_found");
    }

    [Fact]
    public async Task Accounts_can_be_named()
    {
        var payer = await _host.NewUserAsync();
        var payee = await _host.NewUserAsync();
        var travel = await payer.OpenAccountAsync("SGD", "travel");
        var savings = await payee.OpenAccountAsync("SGD", "savings");
        await _host.DepositAsync(travel, 50);

        var response = await payer.PostAsync("/v1/transfers", $$"""{"to_account_id": {{savings}}, "from_account_id": {{travel}}, "amount": 20}""");

        response.AssertStatus(201);
        Assert.Equal(30, await BalanceOfAsync(payer, travel));
        Assert.Equal(20, await BalanceOfAsync(payee, savings));
    }

    [Fact]
    public async Task The_oldest_account_in_the_currency_pays_and_receives_where_none_is_named()
    {
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();
        var dollars = await payer.OpenAccountAsync("USD", "dollars");
        await payer.OpenAccountAsync("USD", "more dollars");
        var theirs = await payee.OpenAccountAsync("USD", "dollars");
        await payee.OpenAccountAsync("SGD", "savings");
        await _host.DepositAsync(dollars, 5_000);

        (await payer.SendAsync(payee, 1_250, more: new { currency = "USD" })).AssertStatus(201);
        (await payer.SendAsync(payee, 7)).AssertStatus(201);

        Assert.Equal(3_750, await BalanceOfAsync(payer, dollars));
        Assert.Equal(1_250, await BalanceOfAsync(payee, theirs));
        Assert.Equal(93, await BalanceOfAsync(payer, payer.AccountId));
        Assert.Equal(7, await BalanceOfAsync(payee, payee.AccountId));
    }

    [Fact]
    public async Task Money_moves_between_a_users_own_accounts()
    {
        var user = await _host.NewUserAsync(balance: 10);
        var savings = await user.OpenAccountAsync("SGD", "savings");

        (await user.PostAsync("/v1/transfers", $$"""{"to_account_id": {{savings}}, "amount": 6}""")).AssertStatus(201);
        (await user.SendAsync(user, 1, more: new { from_account_id = savings })).AssertStatus(201);

        Assert.Equal(5, await BalanceOfAsync(user, user.AccountId));
        Assert.Equal(5, await BalanceOfAsync(user, savings));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_000_000)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public async Task An_amount_outside_the_currencys_range_is_refused(long amount)
    {
        var payer = await _host.NewUserAsync(balance: 2_000_000);
        var payee = await _host.NewUserAsync();

        (await payer.SendAsync(payee, amount)).AssertProblem(422, "amount_out_of_range");

        Assert.Equal(2_000_000, await payer.BalanceAsync());
    }

    [Theory]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("100000000000000000000000000000000000000")]
    public async Task An_integer_beyond_64_bits_is_out_of_range_like_any_other(string amount)
    {
        var payer = await _host.NewUserAsync(balance: 10);

        var response = await payer.PostAsync("/v1/transfers", $$"""{"to_user_id": "{{(await _host.NewUserAsync()).Id}}", "amount": {{amount}}}""");

        response.AssertProblem(422, "amount_out_of_range");
    }

    [Fact]
    public async Task The_largest_and_the_smallest_amount_are_accepted()
    {
        var payer = await _host.NewUserAsync(balance: 1_000_000);
        var payee = await _host.NewUserAsync();

        (await payer.SendAsync(payee, 999_999)).AssertStatus(201);
        (await payer.SendAsync(payee, 1)).AssertStatus(201);

        Assert.Equal(0, await payer.BalanceAsync());
        Assert.Equal(1_000_000, await payee.BalanceAsync());
    }

    [Fact]
    public async Task More_than_is_there_is_refused_and_may_be_accepted_later()
    {
        var payer = await _host.NewUserAsync(balance: 10);
        var payee = await _host.NewUserAsync();

        var refused = await payer.SendAsync(payee, 11);

        refused.AssertProblem(422, "insufficient_funds");
        Assert.True(refused.Body.GetProperty("transient").GetBoolean());
        await _host.DepositAsync(payer.AccountId, 1);
        (await payer.SendAsync(payee, 11)).AssertStatus(201);
    }

    [Fact]
    public async Task Sending_to_the_same_account_is_refused()
    {
        var user = await _host.NewUserAsync(balance: 10);

        var refused = await user.SendAsync(user, 1);

        refused.AssertProblem(422, "self_transfer");
        Assert.False(refused.Body.GetProperty("transient").GetBoolean());
    }

    [Theory]
    [InlineData("""{"to_user_id": "nobody-knows-her", "amount": 1}""")]
    [InlineData("""{"to_account_id": 999999999, "amount": 1}""")]
    [InlineData("""{"to_account_id": 0, "amount": 1}""")]
    [InlineData("""{"to_account_id": -5, "amount": 1}""")]
    [InlineData("""{"to_account_id": 9223372036854775808, "amount": 1}""")]
    [InlineData("""{"to_account_id": 1, "amount": 1}""")] // a system account
    public async Task An_unknown_recipient_is_refused(string body)
    {
        var payer = await _host.NewUserAsync(balance: 10);

        (await payer.PostAsync("/v1/transfers", body)).AssertProblem(404, "recipient_not_found");

        Assert.Equal(10, await payer.BalanceAsync());
    }

    [Fact]
    public async Task Nobody_pays_from_someone_elses_account()
    {
        var owner = await _host.NewUserAsync(balance: 10);
        var thief = await _host.NewUserAsync(balance: 10);

        (await thief.SendAsync(thief, 1, more: new { from_account_id = owner.AccountId })).AssertProblem(404, "account_not_found");
        (await thief.SendAsync(thief, 1, more: new { from_account_id = (await _host.WorldAsync("SGD")).Id })).AssertProblem(404, "account_not_found");

        Assert.Equal(10, await owner.BalanceAsync());
    }

    [Fact]
    public async Task A_user_without_an_account_cannot_pay()
    {
        var newcomer = await _host.SignInAsync($"newcomer-{Guid.NewGuid():N}");

        (await newcomer.SendAsync(await _host.NewUserAsync(), 1)).AssertProblem(404, "account_not_found");
    }

    [Fact]
    public async Task A_recipient_without_an_account_in_the_currency_is_not_found_until_she_opens_one()
    {
        var payer = await _host.NewUserAsync();
        var payee = await _host.NewUserAsync();
        await _host.DepositAsync(await payer.OpenAccountAsync("EUR", "euros"), 100);

        (await payer.SendAsync(payee, 1, more: new { currency = "EUR" })).AssertProblem(404, "recipient_not_found");
        await payee.OpenAccountAsync("EUR", "euros");
        (await payer.SendAsync(payee, 1, more: new { currency = "EUR" })).AssertStatus(201);
    }

    [Fact]
    public async Task Accounts_of_different_currencies_do_not_pay_each_other()
    {
        var payer = await _host.NewUserAsync(balance: 10);
        var payee = await _host.NewUserAsync();
        var euros = await payee.OpenAccountAsync("EUR", "euros");

        (await payer.PostAsync("/v1/transfers", $$"""{"to_account_id": {{euros}}, "amount": 1}""")).AssertProblem(422, "currency_mismatch");
        (await payer.SendAsync(payee, 1, more: new { currency = "EUR", from_account_id = payer.AccountId })).AssertProblem(422, "currency_mismatch");
        (await payer.SendAsync(payee, 1, more: new { currency = "XXX" })).AssertProblem(422, "currency_unknown");
    }

    [Fact]
    public async Task A_frozen_account_neither_pays_nor_receives_and_the_payer_is_not_told_why()
    {
        var frozen = await _host.NewUserAsync(balance: 10);
        var other = await _host.NewUserAsync(balance: 10);
        await wallet.ExecuteSqlAsync($"UPDATE accounts SET status = 2 WHERE id = {frozen.AccountId}");

        (await frozen.SendAsync(other, 1)).AssertProblem(422, "account_frozen");
        (await other.SendAsync(frozen, 1)).AssertProblem(422, "recipient_unavailable");
        Assert.Equal(10, await frozen.BalanceAsync());
        Assert.Equal("frozen", (await frozen.GetAsync("/v1/balance")).Body.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_closed_account_is_passed_over_for_the_next_oldest()
    {
        var payer = await _host.NewUserAsync(balance: 10);
        var payee = await _host.NewUserAsync();
        var next = await payee.OpenAccountAsync("SGD", "next");
        await wallet.ExecuteSqlAsync($"UPDATE accounts SET status = 3 WHERE id = {payee.AccountId}");

        (await payer.SendAsync(payee, 1)).AssertStatus(201);
        Assert.Equal(1, await BalanceOfAsync(payee, next));
        (await payer.PostAsync("/v1/transfers", $$"""{"to_account_id": {{payee.AccountId}}, "amount": 1}""")).AssertProblem(422, "recipient_unavailable");
        (await payee.SendAsync(payer, 1, more: new { from_account_id = payee.AccountId })).AssertProblem(422, "account_closed");
    }

    [Fact]
    public async Task An_account_that_was_closed_after_it_was_paid_is_passed_over_from_the_second_transfer_on()
    {
        var payer = await _host.NewUserAsync(balance: 10);
        var payee = await _host.NewUserAsync();
        var next = await payee.OpenAccountAsync("SGD", "next");
        (await payer.SendAsync(payee, 1)).AssertStatus(201);
        await wallet.ExecuteSqlAsync($"UPDATE accounts SET status = 3 WHERE id = {payee.AccountId}");

        (await payer.SendAsync(payee, 2)).AssertProblem(422, "recipient_unavailable");
        (await payer.SendAsync(payee, 3)).AssertStatus(201);

        Assert.Equal(3, await BalanceOfAsync(payee, next));
    }

    private static async Task<long> BalanceOfAsync(TestUser user, long accountId) =>
        (await user.GetAsync($"/v1/accounts/{accountId}")).Body.GetProperty("balance").GetInt64();
}

public sealed class TransferOnSqliteTests(SqliteWallet wallet) : TransferTests(wallet), IClassFixture<SqliteWallet>;

public sealed class TransferOnPostgresTests(PostgresWallet wallet) : TransferTests(wallet), IClassFixture<PostgresWallet>;
