using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Observability;

/// <summary>What an operator sees of a copy that runs by itself, in Production, with its sessions in Redis.</summary>
public sealed class ObservabilityTests(TestRedis redis, TestPostgres postgres) : IAsyncLifetime
{
    private const string Message = "a-secret-message";
    private readonly Collector _collector = new();
    private WalletProcess _wallet = null!;
    private string _token = "";
    private string _userId = "";

    public async ValueTask InitializeAsync()
    {
        await _collector.StartAsync();
        var wallet = new PostgresWallet(redis, postgres);
        await wallet.InitializeAsync(); // gives the users their money
        await using (wallet.Host)
        {
            var payer = await wallet.Host.NewUserAsync(balance: 100);
            (_token, _userId) = (payer.Token, payer.Id);
        }

        _wallet = await WalletProcess.StartAsync(
            "Production",
            $"--ConnectionStrings:Wallet={wallet.Settings["ConnectionStrings:Wallet"]}",
            $"--ConnectionStrings:Redis={redis.ConnectionString}",
            $"--OTEL_EXPORTER_OTLP_ENDPOINT={_collector.Address}",
            "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "--OTEL_BSP_SCHEDULE_DELAY=200");
    }

    public async ValueTask DisposeAsync()
    {
        await _wallet.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task Logs_are_JSON_with_trace_ids_and_without_anything_secret()
    {
        var self = $$"""{"to_user_id": "{{_userId}}", "amount": 1, "message": "{{Message}}"}""";
        var refused = await SendAsync(HttpMethod.Post, "/v1/transfers?probe=a-secret-query", _token, self);
        await SendAsync(HttpMethod.Post, "/v1/transfers", _token, self, ("Idempotency-Key", "a-secret-key"));
        await SendAsync(HttpMethod.Post, "/v1/transfers", _token, """{"to_user_id": "a-secret-user", "amount": "x"}""");
        await SendAsync(HttpMethod.Get, "/v1/balance", "a-wrong-token", null);
        var traceId = refused.GetProperty("trace_id").GetString()!;

        await Eventually.AssertAsync(() =>
        {
            Assert.Contains(traceId, _wallet.Output, StringComparison.Ordinal);
            Assert.Matches("GET /v1/balance 401 ", _wallet.Output);
            return Task.CompletedTask;
        });
        var lines = _wallet.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Equal(JsonValueKind.Object, JsonSerializer.Deserialize<JsonElement>(line).ValueKind));
        foreach (var secret in new[] { _token, "a-wrong-token", Message, "a-secret-query", "a-secret-key", "a-secret-user", _userId })
            Assert.DoesNotContain(secret, _wallet.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_count_what_happened()
    {
        var account = (await SendAsync(HttpMethod.Post, "/v1/accounts", _token, """{"currency": "SGD", "name": "savings"}""")).GetProperty("account_id").GetInt64();
        var pay = string.Create(CultureInfo.InvariantCulture, $$"""{"to_account_id": {{account}}, "amount": 10}""");
        await SendAsync(HttpMethod.Post, "/v1/transfers", _token, pay, ("Idempotency-Key", "k"));
        await SendAsync(HttpMethod.Post, "/v1/transfers", _token, pay, ("Idempotency-Key", "k"));
        await SendAsync(HttpMethod.Post, "/v1/transfers", _token, pay.Replace("10}", "1000}", StringComparison.Ordinal));

        var metrics = await _wallet.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

        Assert.Equal(1, Sample("wallet_transfers_total", "outcome=\"done\""));
        Assert.Equal(1, Sample("wallet_transfers_total", "outcome=\"replayed\""));
        Assert.Equal(1, Sample("wallet_transfers_total", "outcome=\"insufficient_funds\""));
        Assert.Equal(3, Sample("wallet_commit_batch_size_count", ""));
        Assert.Equal(3, Sample("wallet_commit_batch_size_sum", ""));
        Assert.Equal(3, Sample("wallet_commit_duration_seconds_count", ""));
        Assert.Equal(3, Sample("wallet_commit_queue_wait_seconds_count", ""));
        Assert.Equal(0, Sample("wallet_commit_queue_depth", ""));
        Assert.Equal(2, Sample("http_server_request_duration_seconds_count", "http_response_status_code=\"201\",http_route=\"/v1/transfers\""));
        Assert.Equal(1, Sample("http_server_request_duration_seconds_count", "http_response_status_code=\"422\",http_route=\"/v1/transfers\""));
        Assert.DoesNotContain(_userId, metrics, StringComparison.Ordinal);
        Assert.Contains("pool_name=\"wallet\"", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("Host=", metrics, StringComparison.Ordinal); // nothing of the connection string

        double Sample(string name, string labels)
        {
            var line = Regex.Matches(metrics, $"^{name}(?<labels>{{.*}})? (?<value>\\S+)", RegexOptions.Multiline)
                .SingleOrDefault(m => m.Groups["labels"].Value.Contains(labels, StringComparison.Ordinal));
            Assert.True(line is not null, $"{name}{{{labels}}} is not in\n{metrics}");
            return double.Parse(line.Groups["value"].Value, CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task Traces_of_the_request_the_batch_and_the_database_reach_a_collector()
    {
        await SendAsync(HttpMethod.Post, "/v1/transfers", _token, $$"""{"to_user_id": "{{_userId}}", "amount": 1, "message": "{{Message}}"}""");

        await Eventually.AssertAsync(() =>
        {
            var traces = _collector.Received("/v1/traces");
            Assert.Contains("POST /v1/transfers", traces, StringComparison.Ordinal);
            Assert.Contains("commit batch", traces, StringComparison.Ordinal);
            Assert.Contains("postgresql", traces, StringComparison.Ordinal);
            return Task.CompletedTask;
        });
        Assert.DoesNotContain(Message, _collector.Received("/v1/traces"), StringComparison.Ordinal);
        Assert.DoesNotContain(_token, _collector.Received("/v1/traces"), StringComparison.Ordinal);
        Assert.DoesNotContain("Host=", _collector.Received("/v1/traces"), StringComparison.Ordinal);
    }

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string token, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        if (body is not null)
            request.Content = WalletHost.Json(body);
        using var response = await _wallet.Http.SendAsync(request);
        return JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync());
    }

    /// <summary>An OpenTelemetry collector that keeps the bytes it gets; the texts in them are readable as they are.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly ConcurrentQueue<(string Path, string Body)> _received = [];
        private readonly WebApplication _app;

        public Collector()
        {
            var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
            builder.Logging.ClearProviders();
            _app = builder.Build();
            _app.MapPost("/{**path}", async (HttpContext context) =>
            {
                using var reader = new StreamReader(context.Request.Body, Encoding.Latin1);
                _received.Enqueue((context.Request.Path, await reader.ReadToEndAsync()));
            });
        }

        public string Address => _app.Urls.Single();

        public Task StartAsync() => _app.StartAsync();

        public string Received(string path) => string.Concat(_received.Where(r => r.Path == path).Select(r => r.Body));

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
