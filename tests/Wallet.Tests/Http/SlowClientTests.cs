using System.Globalization;
using System.Text;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Http;

/// <summary>Clients that take up a connection and do nothing good with it: each is given up on, at a limit that is set.</summary>
public sealed class SlowClientTests(SqliteWallet wallet) : IClassFixture<SqliteWallet>, IAsyncLifetime
{
    private const string Headers = "Host: wallet\r\nContent-Type: application/json\r\n";
    private WalletHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        var settings = wallet.NewFile();
        settings["Wallet:Http:IdleTimeout"] = "00:00:01";
        settings["Wallet:Http:HeadersTimeout"] = "00:00:01";
        settings["Wallet:Http:BytesPerSecondMin"] = "1000000";
        settings["Wallet:Http:SlowFor"] = "00:00:02";
        _host = await WalletHost.StartAsync(wallet.Redis, settings);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Who_does_not_come_to_the_end_of_a_request_is_hung_up_on()
    {
        string[] beginnings = ["", "GET /v1/bal", $"GET /v1/balance HTTP/1.1\r\n{Headers}X-A: a", $"GET /health/live HTTP/1.1\r\n{Headers}\r\n"];

        await Task.WhenAll([.. beginnings.Select(BeginAsync), GoOnAndOnAsync()]);

        async Task BeginAsync(string beginning)
        {
            await using var connection = await OpenAsync();
            await connection.SendAsync(beginning);
            for (var answer = await connection.ReadAsync(); answer is not null; answer = await connection.ReadAsync())
                Assert.Contains(answer.Status, (int[])[200, 408]);
        }

        async Task GoOnAndOnAsync()
        {
            await using var connection = await OpenAsync();
            await connection.SendAsync("GET /v1/balance HTTP/1.1\r\n");
            await DripAsync(connection, "X: a\r\n", until: static () => false);
        }
    }

    [Fact]
    public async Task A_body_that_trickles_in_is_refused_and_pays_nothing()
    {
        var payer = await _host.NewUserAsync(balance: 10);

        await Task.WhenAll(
            TrickleAsync("Content-Length: 5000\r\n", begin: "{", drop: " "),
            TrickleAsync("Transfer-Encoding: chunked\r\n", begin: "1\r\n{\r\n", drop: "1\r\n \r\n"));

        Assert.Equal(10, await payer.BalanceAsync());

        async Task TrickleAsync(string framing, string begin, string drop)
        {
            await using var connection = await OpenAsync();
            await connection.SendAsync($"POST /v1/transfers HTTP/1.1\r\n{Headers}Authorization: Bearer {payer.Token}\r\n{framing}\r\n{begin}");
            var answer = connection.ReadAsync();
            await DripAsync(connection, drop, until: () => answer.IsCompleted);
            Assert.Equal((408, true), ((await answer)?.Status, (await answer)?.Closes));
            Assert.Contains("\"request_timeout\"", (await answer)!.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_takes_no_answers_is_hung_up_on()
    {
        var user = await _host.NewUserAsync();
        await using var connection = await OpenAsync();
        var look = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat($"GET /openapi/v1.json HTTP/1.1\r\nHost: wallet\r\nAuthorization: Bearer {user.Token}\r\n\r\n", 100)));

        // Asks and asks, and never reads: the service stops reading, then gives up.
        while (await connection.TrySendAsync(look)) ;
    }

    [Theory]
    [InlineData(8_192 - 200, 64 - 4, 200)]
    [InlineData(8_192, 4, 414)]
    [InlineData(100, 65, 431)]
    [InlineData(100, -16_384, 431)]
    public async Task A_head_has_its_limits(int address, int headers, int status)
    {
        var user = await _host.NewUserAsync();
        await using var connection = await OpenAsync();
        var more = headers < 0
            ? $"X: {new string('a', -headers)}\r\n"
            : string.Concat(Enumerable.Range(0, headers).Select(static i => string.Create(CultureInfo.InvariantCulture, $"X-{i}: a\r\n")));

        await connection.SendAsync($"GET /v1/balance/?{new string('&', address)} HTTP/1.1\r\n{Headers}Authorization: Bearer {user.Token}\r\n{more}\r\n");

        Assert.Equal(status, (await connection.ReadAsync())?.Status);
    }

    /// <summary>Sends a little again and again, as long as the service takes it.</summary>
    private static async Task DripAsync(RawConnection connection, string drop, Func<bool> until)
    {
        while (!until() && await connection.TrySendAsync(Encoding.Latin1.GetBytes(drop)))
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
    }

    private Task<RawConnection> OpenAsync() => RawConnection.OpenAsync(_host.Http.BaseAddress!);
}
