using System.Globalization;
using System.Text;
using System.Text.Json;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Http;

/// <summary>
/// Where a request ends. Each shape is a payment with a look at the balance right behind it, on one connection: what is refused must pay nothing, and must not
/// leave bytes behind that are taken for a request.
/// </summary>
public sealed class RequestFramingTests(SqliteWallet wallet) : IClassFixture<SqliteWallet>
{
    private const string Chunked = "Transfer-Encoding: chunked\r\n";
    private readonly WalletHost _host = wallet.Host;

    [Theory]
    [InlineData("Content-Length: {length}\r\n", "{body}")]
    [InlineData(Chunked, "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData("transfer-encoding:CHUNKED\r\n", "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked, "000{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked, "{hex};name=value\r\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked, "{hex}\r\n{body}\r\n0\r\nAuthorization: Bearer other\r\nContent-Length: 3\r\n\r\n")]
    [InlineData("Expect: nothing-that-is-known\r\nContent-Length: {length}\r\n", "{body}")]
    [InlineData("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nContent-Length: {length}\r\n", "{body}")]
    public async Task A_body_ends_where_its_framing_says(string headers, string body)
    {
        var (payer, payee) = await NewPairAsync();
        await using var connection = await RawConnection.OpenAsync(_host.Http.BaseAddress!);

        await connection.SendAsync(Payment(payer, payee, headers, body) + Look(payer));

        Assert.Equal(201, (await connection.ReadAsync())?.Status);
        Assert.Equal(9, BalanceIn(await connection.ReadAsync()));
    }

    [Theory]
    // Two lengths: which one counts is for nobody to guess.
    [InlineData("Content-Length: 5\r\n" + Chunked, "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked + "Content-Length: {length}\r\n", "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData("Content-Length: 0\r\n" + Chunked, "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData("Content-Length: {length}\r\nContent-Length: {length}\r\n", "{body}")]
    [InlineData("Content-Length: {length}\r\nContent-Length: 3\r\n", "{body}")]
    [InlineData("Content-Length: {length}, {length}\r\n", "{body}")]
    // Lengths that are none.
    [InlineData("Content-Length: -1\r\n", "{body}")]
    [InlineData("Content-Length: 0x{hex}\r\n", "{body}")]
    [InlineData("Content-Length: {length}.0\r\n", "{body}")]
    [InlineData("Content-Length: {length} 1\r\n", "{body}")]
    [InlineData("Content-Length: 18446744073709551617\r\n", "{body}")]
    [InlineData("Content-Length: \r\n", "{body}")]
    [InlineData("Content-Length : {length}\r\n", "{body}")]
    [InlineData("Content-Length\r\n", "{body}")]
    // Codings that a proxy may know, or take for none.
    [InlineData("Transfer-Encoding: xchunked\r\n", "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: identity\r\n", "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked, identity\r\n", "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked, chunked\r\n", "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked + Chunked, "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n", "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: \"chunked\"\r\n", "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: \vchunked\r\n", "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked\r\n", "{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding:\r\n chunked\r\n", "{hex}\r\n{body}\r\n0\r\n\r\n")]
    // Chunks whose size is none, or that are longer than they say.
    [InlineData(Chunked, "+{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked, "-{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked, "0x{hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked, " {hex}\r\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked, "{hex} \r\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked, "\r\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked, "1{hex}00000000000000\r\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked, "{hex}\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked, "{hex};a\n{body}\r\n0\r\n\r\n")]
    [InlineData(Chunked, "{hex}\r\n{body}xx0\r\n\r\n")]
    // Lines and headers that others may read as something else.
    [InlineData("X-A: a\nContent-Length: {length}\r\n", "{body}")]
    [InlineData("X-A: a\rX-B: b\r\nContent-Length: {length}\r\n", "{body}")]
    [InlineData("X-A: a\0b\r\nContent-Length: {length}\r\n", "{body}")]
    [InlineData("X-A: a\r\n b\r\nContent-Length: {length}\r\n", "{body}")]
    [InlineData(" X-A: a\r\nContent-Length: {length}\r\n", "{body}")]
    [InlineData("X\tA: a\r\nContent-Length: {length}\r\n", "{body}")]
    [InlineData(": a\r\nContent-Length: {length}\r\n", "{body}")]
    [InlineData("Host: wallet\r\nContent-Length: {length}\r\n", "{body}")]
    public async Task What_could_be_read_in_two_ways_is_refused_and_the_connection_ends(string headers, string body)
    {
        var (payer, payee) = await NewPairAsync();
        await using var connection = await RawConnection.OpenAsync(_host.Http.BaseAddress!);

        await connection.SendAsync(Payment(payer, payee, headers, body) + Look(payer));

        var answer = await connection.ReadAsync();
        Assert.Equal((400, true), (answer?.Status, answer?.Closes));
        Assert.True(await connection.IsClosedAsync());
        Assert.Equal(10, await payer.BalanceAsync());
    }

    [Theory]
    [InlineData("GET {path} HTTP/1.1\r\n{token}\r\n", 400)] // no Host
    [InlineData("GET {path} HTTP/1.1\r\nHost: a/b@c\r\n{token}\r\n", 400)]
    [InlineData("GET {path} HTTP/1.1\nHost: wallet\n{token}\n", 400)]
    [InlineData("GET {path} HTTP/1.1\r\nHost: wallet\r\n{token}\n\r\n", 400)]
    [InlineData("GET {path}\r\n\r\n", 400)]
    [InlineData("GET {path} HTTP/2.0\r\nHost: wallet\r\n{token}\r\n", 505)]
    [InlineData("GET {path} HTTP/1.2\r\nHost: wallet\r\n{token}\r\n", 505)]
    [InlineData("GET {path} HTTX/1.1\r\nHost: wallet\r\n{token}\r\n", 505)]
    [InlineData("GET {path} extra HTTP/1.1\r\nHost: wallet\r\n{token}\r\n", 400)]
    [InlineData("GET http://other{path} HTTP/1.1\r\nHost: wallet\r\n{token}\r\n", 400)]
    [InlineData("GET wallet:80 HTTP/1.1\r\nHost: wallet\r\n{token}\r\n", 405)]
    [InlineData("CONNECT wallet:80 HTTP/1.1\r\nHost: wallet\r\n{token}\r\n", 400)]
    [InlineData("G\0T {path} HTTP/1.1\r\nHost: wallet\r\n{token}\r\n", 400)]
    [InlineData("GET {path}\0 HTTP/1.1\r\nHost: wallet\r\n{token}\r\n", 400)]
    [InlineData("GET {path}%00 HTTP/1.1\r\nHost: wallet\r\n{token}\r\n", 400)]
    [InlineData("GET {path}\u00e4 HTTP/1.1\r\nHost: wallet\r\n{token}\r\n", 400)]
    [InlineData("\u0016\u0003\u0001\u0000\u00c8\u0001\u0000\u0000\u00c4\u0003\u0003 a ClientHello, on the port that has no TLS", 400)]
    [InlineData("\0\u0001\u0002\u0003\u0004\u0005\r\n\r\n", 400)]
    [InlineData("POST /v1/transfers HTTP/1.0\r\nHost: wallet\r\n{token}Content-Type: application/json\r\n\r\n{\"amount\":1}", 400)] // no length
    [InlineData("POST /v1/transfers HTTP/1.0\r\nHost: wallet\r\n{token}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400)]
    public async Task What_is_no_request_is_refused_and_the_connection_ends(string text, int status)
    {
        var user = await _host.NewUserAsync();
        await using var connection = await RawConnection.OpenAsync(_host.Http.BaseAddress!);

        await connection.SendAsync(text.Replace("{path}", "/v1/balance", StringComparison.Ordinal).Replace("{token}", Token(user), StringComparison.Ordinal));

        Assert.Equal(status, (await connection.ReadAsync())?.Status);
        Assert.True(await connection.IsClosedAsync());
    }

    [Fact]
    public async Task Somebody_who_begins_with_HTTP_2_is_told_that_this_is_HTTP_1()
    {
        await using var connection = await RawConnection.OpenAsync(_host.Http.BaseAddress!);

        await connection.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0");

        // A GOAWAY frame with HTTP_1_1_REQUIRED, which is no answer in HTTP/1.1.
        await Assert.ThrowsAsync<InvalidDataException>(() => connection.ReadAsync());
    }

    [Fact]
    public async Task HTTP_1_0_gets_its_answer_and_the_end()
    {
        var user = await _host.NewUserAsync(balance: 10);
        await using var connection = await RawConnection.OpenAsync(_host.Http.BaseAddress!);

        await connection.SendAsync($"GET /v1/balance HTTP/1.0\r\n{Token(user)}\r\n");

        Assert.Equal(10, BalanceIn(await connection.ReadAsync()));
        Assert.True(await connection.IsClosedAsync());
    }

    [Fact]
    public async Task Requests_that_are_sent_without_waiting_are_answered_in_their_order()
    {
        var (payer, payee) = await NewPairAsync();
        await using var connection = await RawConnection.OpenAsync(_host.Http.BaseAddress!);

        // More than the service reads ahead.
        const int Count = 200;
        var sending = connection.SendAsync(string.Concat(Enumerable.Repeat(Payment(payer, payee, "Content-Length: {length}\r\n", "{body}", key: "the same each time") + Look(payer), Count)));

        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(201, (await connection.ReadAsync())?.Status);
            Assert.Equal(9, BalanceIn(await connection.ReadAsync()));
        }

        await sending;
    }

    [Fact]
    public async Task A_body_is_asked_for_only_where_it_may_come()
    {
        var (payer, payee) = await NewPairAsync();
        await using var asked = await RawConnection.OpenAsync(_host.Http.BaseAddress!);
        await using var notAsked = await RawConnection.OpenAsync(_host.Http.BaseAddress!);

        await asked.SendAsync(Payment(payer, payee, "Expect: 100-continue\r\nContent-Length: {length}\r\n", ""));
        await notAsked.SendAsync(Payment(payer, payee, "Expect: 100-continue\r\nContent-Length: 100000\r\n", ""));

        Assert.Equal(100, await asked.ReadInterimAsync());
        await asked.SendAsync(Body(payee));
        Assert.Equal(201, (await asked.ReadAsync())?.Status);
        Assert.Equal(413, (await notAsked.ReadAsync())?.Status);
        Assert.Equal(9, await payer.BalanceAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(20_000)]
    public async Task A_body_in_chunks_that_is_too_large_is_refused_wherever_it_is_cut(int chunk)
    {
        var (payer, payee) = await NewPairAsync();
        await using var connection = await RawConnection.OpenAsync(_host.Http.BaseAddress!);
        var part = string.Create(CultureInfo.InvariantCulture, $"{chunk:x}\r\n{new string(' ', chunk)}\r\n");

        // Without its last chunk: whoever waited for it would wait for ever.
        await connection.SendAsync(Payment(payer, payee, Chunked, ""));
        await connection.TrySendAsync(Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(part, 20_000 / chunk))));

        Assert.Equal(413, (await connection.ReadAsync())?.Status);
        Assert.Equal(10, await payer.BalanceAsync());
    }

    [Theory]
    [InlineData("", 401)]
    [InlineData("Content-Type: text/plain\r\n", 415)]
    [InlineData("Content-Type: application/json\r\n", 413)]
    public async Task Who_is_refused_before_a_body_that_is_too_large_is_told_that_the_connection_ends(string headers, int status)
    {
        var user = await _host.NewUserAsync();
        await using var connection = await RawConnection.OpenAsync(_host.Http.BaseAddress!);

        await connection.SendAsync($"POST /v1/transfers HTTP/1.1\r\nHost: wallet\r\n{(status == 401 ? "" : Token(user))}{headers}Content-Length: 60000\r\n\r\n");

        var answer = await connection.ReadAsync();
        Assert.Equal((status, true), (answer?.Status, answer?.Closes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(30)]
    public async Task Who_leaves_in_the_middle_has_done_nothing(int sent)
    {
        var (payer, payee) = await NewPairAsync();
        await using (var connection = await RawConnection.OpenAsync(_host.Http.BaseAddress!))
        {
            await connection.SendAsync(Payment(payer, payee, "Content-Length: {length}\r\n", "", key: "k"));
            await connection.SendAsync(Body(payee)[..sent]);
        }

        Assert.Equal(10, await payer.BalanceAsync());
        var response = await payer.SendAsync(payee, 2, key: "k");
        response.AssertStatus(201); // the key was not used up
        Assert.Null(response.Header("Idempotent-Replayed"));
    }

    private async Task<(TestUser Payer, TestUser Payee)> NewPairAsync() => (await _host.NewUserAsync(balance: 10), await _host.NewUserAsync());

    private static string Token(TestUser user) => $"Authorization: Bearer {user.Token}\r\n";

    private static string Body(TestUser payee) => $$"""{"to_user_id": "{{payee.Id}}", "amount": 1}""";

    private static string Look(TestUser user) => $"GET /v1/balance HTTP/1.1\r\nHost: wallet\r\n{Token(user)}\r\n";

    /// <summary>A payment of 1; <c>{body}</c>, <c>{length}</c> and <c>{hex}</c> stand for the body and its length.</summary>
    private static string Payment(TestUser payer, TestUser payee, string headers, string body, string? key = null)
    {
        var text = Body(payee);
        return $"POST /v1/transfers HTTP/1.1\r\nHost: wallet\r\n{Token(payer)}Content-Type: application/json\r\n{(key is null ? "" : $"Idempotency-Key: {key}\r\n")}{Fill(headers)}\r\n{Fill(body)}";

        string Fill(string part) => part
            .Replace("{body}", text, StringComparison.Ordinal)
            .Replace("{length}", string.Create(CultureInfo.InvariantCulture, $"{text.Length}"), StringComparison.Ordinal)
            .Replace("{hex}", string.Create(CultureInfo.InvariantCulture, $"{text.Length:x}"), StringComparison.Ordinal);
    }

    private static long BalanceIn(RawAnswer? answer)
    {
        Assert.Equal(200, answer?.Status);
        return JsonSerializer.Deserialize<JsonElement>(answer!.Content).GetProperty("balance").GetInt64();
    }
}
