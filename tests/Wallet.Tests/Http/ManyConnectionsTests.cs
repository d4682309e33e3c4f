using System.Globalization;
using System.Text.RegularExpressions;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Http;

/// <summary>A crowd of connections that want nothing, beside somebody who wants to pay.</summary>
public sealed class ManyConnectionsTests(SqliteWallet wallet, TestRedis redis) : IClassFixture<SqliteWallet>
{
    private const int Slow = 1_000;
    private const long MemoryPerConnectionMax = 96 * 1024;
    private const int ThreadsMoreMax = 50;

    [Fact]
    public async Task A_thousand_slow_connections_stop_nobody_and_cost_little()
    {
        var (payer, payee) = (await wallet.Host.NewUserAsync(balance: 100), await wallet.Host.NewUserAsync());
        await using var service = await WalletProcess.StartAsync(
            "Production", $"--Wallet:SqliteFile={wallet.Settings["Wallet:SqliteFile"]}", $"--ConnectionStrings:Redis={redis.ConnectionString}",
            "--Wallet:Http:SlowFor=00:01:00", "--Wallet:Http:HeadersTimeout=00:05:00");
        await PayAsync(count: 50); // what is compiled and allocated once is no connection's
        var before = Usage(service.Id);

        var slow = new List<RawConnection>();
        try
        {
            for (var i = 0; i < Slow; i++)
            {
                slow.Add(await RawConnection.OpenAsync(service.Http.BaseAddress!));
                await slow[i].SendAsync((i % 3) switch
                {
                    0 => "POST /v1/tra",
                    1 => $"POST /v1/transfers HTTP/1.1\r\nHost: wallet\r\n{new string('a', 8_000)}: {new string('b', 8_000)}",
                    _ => $"POST /v1/transfers HTTP/1.1\r\nHost: wallet\r\nAuthorization: Bearer {payer.Token}\r\nContent-Type: application/json\r\nContent-Length: 16000\r\n\r\n{new string(' ', 15_000)}",
                });
            }

            await PayAsync(count: 50);

            var after = Usage(service.Id);
            Assert.InRange(after.Threads - before.Threads, int.MinValue, ThreadsMoreMax);
            Assert.InRange(after.Memory - before.Memory, long.MinValue, Slow * MemoryPerConnectionMax);
        }
        finally
        {
            foreach (var connection in slow)
                await connection.DisposeAsync();
        }

        Assert.Equal(0, await payer.BalanceAsync());
        Assert.DoesNotMatch("\"LogLevel\":\"(Error|Critical)\"", service.Output);

        async Task PayAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/transfers");
                request.Headers.Authorization = new("Bearer", payer.Token);
                request.Content = WalletHost.Json($$"""{"to_user_id": "{{payee.Id}}", "amount": 1}""");
                using var response = await service.Http.SendAsync(request);
                Assert.Equal(201, (int)response.StatusCode);
            }
        }
    }

    [Fact]
    public async Task One_connection_more_than_may_be_open_is_closed_and_room_comes_back()
    {
        var settings = wallet.NewFile();
        settings["Wallet:Http:ConnectionsMax"] = "10";
        await using var host = await WalletHost.StartAsync(wallet.Redis, settings);
        var open = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 10; i++)
            {
                open.Add(await RawConnection.OpenAsync(host.Http.BaseAddress!));
                Assert.Equal(200, await AskAsync(open[i]));
            }

            await using var refused = await RawConnection.OpenAsync(host.Http.BaseAddress!);
            Assert.Null(await AskAsync(refused));
            Assert.Equal(200, await AskAsync(open[0]));
        }
        finally
        {
            foreach (var connection in open)
                await connection.DisposeAsync();
        }

        await Eventually.AssertAsync(async () =>
        {
            await using var later = await RawConnection.OpenAsync(host.Http.BaseAddress!);
            Assert.Equal(200, await AskAsync(later));
        });

        static async Task<int?> AskAsync(RawConnection connection) =>
            await connection.TrySendAsync("GET /health/live HTTP/1.1\r\nHost: wallet\r\n\r\n"u8.ToArray()) ? (await connection.ReadAsync())?.Status : null;
    }

    /// <summary>What a process takes up, as the kernel counts it.</summary>
    private static (int Threads, long Memory) Usage(int processId)
    {
        var status = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/status"));
        return (int.Parse(Value("Threads"), CultureInfo.InvariantCulture), 1024 * long.Parse(Value("VmRSS"), CultureInfo.InvariantCulture));

        string Value(string name) => Regex.Match(status, $@"^{name}:\s+(\d+)", RegexOptions.Multiline).Groups[1].Value;
    }
}
