using System.Net.Http.Headers;
using System.Text;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Http;

public abstract class MalformedRequestTests(WalletFixture wallet)
{
    private readonly WalletHost _host = wallet.Host;

    [Theory]
    [InlineData("""{"amount": 1}""", "/to_user_id", "required")]
    [InlineData("""{"to_user_id": "yunus"}""", "/amount", "required")]
    [InlineData("""{"to_user_id": "yunus", "amount": null}""", "/amount", "required")]
    [InlineData("""{"to_user_id": "yunus", "to_account_id": 1000, "amount": 1}""", "/to_user_id", "invalid")]
    [InlineData("""{"to_user_id": "", "amount": 1}""", "/to_user_id", "invalid")]
    [InlineData("""{"to_user_id": "@world", "amount": 1}""", "/to_user_id", "invalid")]
    [InlineData("""{"to_user_id": "a\u0000b", "amount": 1}""", "/to_user_id", "invalid")]
    [InlineData("""{"to_user_id": " yunus", "amount": 1}""", "/to_user_id", "invalid")]
    [InlineData("""{"to_user_id": 7, "amount": 1}""", "/to_user_id", "invalid")]
    [InlineData("""{"to_user_id": ["yunus"], "amount": 1}""", "/to_user_id", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": "1"}""", "/amount", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1.5}""", "/amount", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1.0}""", "/amount", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1e2}""", "/amount", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": true}""", "/amount", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": [1]}""", "/amount", "invalid")]
    [InlineData("""{"to_account_id": "1000", "amount": 1}""", "/to_account_id", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1, "currency": "sgd"}""", "/currency", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1, "currency": "S$"}""", "/currency", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1, "message": "bell \u0007"}""", "/message", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1, "message": "half \ud83c"}""", "/message", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1, "fee": 2}""", "/fee", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1, "Amount": 2}""", "/Amount", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1, "amount": 2}""", "/amount", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1, "a/b~c": 2}""", "/a~1b~0c", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1, "a.b[0]~/c": 2}""", "/a.b[0]~0~1c", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": {"value": 1}}""", "/amount", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 01}""", "/amount", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1,}""", "", "invalid")]
    [InlineData("""{"to_user_id": "yunus", /* a comment */ "amount": 1}""", "", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1""", "/amount", "invalid")]
    [InlineData("""{"to_user_id": "yunus", """, "", "invalid")]
    [InlineData("""{"to_user_id": "yunus", "amount": 1} {}""", "", "invalid")]
    [InlineData("""[{"to_user_id": "yunus", "amount": 1}]""", "", "invalid")]
    [InlineData("\"text\"", "", "invalid")]
    [InlineData("null", "", "invalid")]
    [InlineData("", "", "invalid")]
    [InlineData("{{{{", "", "invalid")]
    public async Task A_malformed_body_is_refused_at_its_place_and_changes_nothing(string body, string place, string code)
    {
        var payer = await _host.NewUserAsync(balance: 10);

        var response = await payer.PostAsync("/v1/transfers", body, key: "k");

        response.AssertProblem(400, "invalid_request");
        var error = Assert.Single(response.Body.GetProperty("errors").EnumerateArray());
        Assert.Equal((place, code), (error.GetProperty("pointer").GetString(), error.GetProperty("code").GetString()));
        Assert.Equal(10, await payer.BalanceAsync());
        // The key was not used up: what was malformed never reached the ledger.
        (await payer.SendAsync(await _host.NewUserAsync(), 1, key: "k")).AssertStatus(201);
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_named_at_once()
    {
        var payer = await _host.NewUserAsync();

        var response = await payer.PostAsync("/v1/transfers", """{"currency": "x", "message": "\u0000"}""");

        response.AssertProblem(400, "invalid_request");
        Assert.Equal(
            ["/to_user_id", "/amount", "/currency", "/message"],
            response.Body.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));
    }

    [Fact]
    public async Task A_message_may_have_280_characters_and_not_one_more()
    {
        var payer = await _host.NewUserAsync(balance: 10);
        var payee = await _host.NewUserAsync();

        (await payer.SendAsync(payee, 1, more: new { message = new string('ä', 280) })).AssertStatus(201);
        (await payer.SendAsync(payee, 1, more: new { message = new string('ä', 281) })).AssertProblem(400, "invalid_request");
        (await payer.SendAsync(payee, 1, more: new { message = "two\nlines\tand a tab" })).AssertStatus(201);
    }

    [Fact]
    public async Task JSON_that_is_nested_without_end_is_refused()
    {
        var payer = await _host.NewUserAsync();

        (await payer.PostAsync("/v1/transfers", $$"""{"to_user_id": {{new string('[', 5_000)}}""")).AssertProblem(400, "invalid_request");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/xml")]
    [InlineData(null)]
    public async Task A_body_that_does_not_say_that_it_is_JSON_is_refused(string? contentType)
    {
        var payer = await _host.NewUserAsync(balance: 10);
        using var content = new ByteArrayContent("""{"to_user_id": "x", "amount": 1}"""u8.ToArray());
        content.Headers.ContentType = contentType is null ? null : new MediaTypeHeaderValue(contentType);

        (await _host.SendAsync(HttpMethod.Post, "/v1/transfers", payer.Token, content)).AssertProblem(415, "unsupported_media_type");
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", 201)]
    [InlineData("application/json; charset=\"UTF-8\"", 201)]
    [InlineData("application/json; profile=x", 201)]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/json; charset=bogus", 415)]
    [InlineData("application/json; charset=\"\"", 415)]
    public async Task JSON_is_in_UTF8_whatever_the_content_type_says(string contentType, int status)
    {
        var payer = await _host.NewUserAsync(balance: 10);
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"to_user_id": "{{(await _host.NewUserAsync()).Id}}", "amount": 1}"""));
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);

        var response = await _host.SendAsync(HttpMethod.Post, "/v1/transfers", payer.Token, content);

        if (status == 201)
            response.AssertStatus(201);
        else
            response.AssertProblem(415, "unsupported_media_type");
    }

    [Theory]
    [InlineData("gzip", 415)]
    [InlineData("br", 415)]
    [InlineData("identity, identity", 415)]
    [InlineData("", 415)]
    [InlineData("identity", 201)]
    public async Task A_body_that_says_it_is_compressed_is_refused_whether_it_is_or_not(string coding, int status)
    {
        var payer = await _host.NewUserAsync(balance: 10);
        using var content = WalletHost.Json($$"""{"to_user_id": "{{(await _host.NewUserAsync()).Id}}", "amount": 1}""");
        content.Headers.TryAddWithoutValidation("Content-Encoding", coding);

        var response = await _host.SendAsync(HttpMethod.Post, "/v1/transfers", payer.Token, content);

        if (status == 201)
            response.AssertStatus(201);
        else
            response.AssertProblem(415, "unsupported_media_type");
        Assert.Equal(status == 201 ? 9 : 10, await payer.BalanceAsync());
    }

    [Fact]
    public async Task A_call_that_takes_no_body_does_not_mind_what_it_would_be_in()
    {
        var user = await _host.NewUserAsync();
        using var content = new ByteArrayContent([]);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=utf-16");
        content.Headers.TryAddWithoutValidation("Content-Encoding", "gzip");

        (await _host.SendAsync(HttpMethod.Get, "/v1/balance", user.Token, content)).AssertStatus(200);
    }

    [Fact]
    public async Task A_body_that_is_not_UTF8_is_refused()
    {
        var payer = await _host.NewUserAsync(balance: 10);
        using var content = new ByteArrayContent([.. "{\"to_user_id\": \""u8, 0xFF, 0xFE, .. "\", \"amount\": 1}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        (await _host.SendAsync(HttpMethod.Post, "/v1/transfers", payer.Token, content)).AssertProblem(400, "invalid_request");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_refused(bool saysItsLength)
    {
        var payer = await _host.NewUserAsync(balance: 10);
        var bytes = Encoding.UTF8.GetBytes($$"""{"to_user_id": "x", "amount": 1, "message": "{{new string('m', 20_000)}}"}""");
        using HttpContent content = saysItsLength ? new ByteArrayContent(bytes) : new StreamContent(new MemoryStream(bytes));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (!saysItsLength)
            content.Headers.ContentLength = null;

        (await _host.SendAsync(HttpMethod.Post, "/v1/transfers", payer.Token, content, saysItsLength ? [] : [("Transfer-Encoding", "chunked")]))
            .AssertProblem(413, "body_too_large");
    }

    [Theory]
    [InlineData("/v1/nothing", 404, "not_found")]
    [InlineData("/v1", 404, "not_found")]
    [InlineData("/v1/transfers", 405, "method_not_allowed")]
    [InlineData("/v1/balance?account=1", 400, "invalid_request")]
    [InlineData("/v1/balance?currency=sgd", 400, "invalid_request")]
    [InlineData("/v1/balance?currency=", 400, "invalid_request")]
    [InlineData("/v1/balance?currency=SGD&account_id=1000", 400, "invalid_request")]
    [InlineData("/v1/transactions?limit=5%00", 400, "invalid_request")]
    [InlineData("/v1/transactions?limit=05", 400, "invalid_request")]
    [InlineData("/v1/accounts/01000", 404, "account_not_found")]
    [InlineData("/v1/accounts?limit=1", 400, "invalid_request")]
    public async Task A_call_that_does_not_exist_is_a_problem_too(string path, int status, string code)
    {
        var user = await _host.NewUserAsync();

        (await user.GetAsync(path)).AssertProblem(status, code);
    }

    [Fact]
    public async Task A_query_on_a_call_that_takes_none_is_refused_before_money_moves()
    {
        var payer = await _host.NewUserAsync(balance: 10);
        var payee = await _host.NewUserAsync();

        (await payer.PostAsync("/v1/transfers?dry_run=true", $$"""{"to_user_id": "{{payee.Id}}", "amount": 1}""")).AssertProblem(400, "invalid_request");

        Assert.Equal(10, await payer.BalanceAsync());
    }
}

public sealed class MalformedRequestOnSqliteTests(SqliteWallet wallet) : MalformedRequestTests(wallet), IClassFixture<SqliteWallet>;

public sealed class MalformedRequestOnPostgresTests(PostgresWallet wallet) : MalformedRequestTests(wallet), IClassFixture<PostgresWallet>;
