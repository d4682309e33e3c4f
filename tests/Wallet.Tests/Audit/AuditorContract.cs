using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Wallet.Service.Audit;
using Wallet.Service.Storage;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Audit;

/// <summary>What the auditor does in a running service. The tests for each store inherit it.</summary>
public abstract class AuditorContract(TestRedis redis)
{
    private static readonly Dictionary<string, string?> Fast = new()
    {
        ["Wallet:Audit:RowsPerSecond"] = "100000",
        ["Wallet:Audit:TurnInterval"] = "00:00:00",
    };

    private static readonly Dictionary<string, string?> Off = new() { ["Wallet:Audit:Enabled"] = "false" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What takes the guards away from entries.</summary>
    private protected abstract string[] Disarm { get; }

    /// <returns>A wallet on a database of its own.</returns>
    private protected abstract WalletFixture Create(IReadOnlyDictionary<string, string?> settings);

    [Fact]
    public async Task What_is_broken_is_told_in_every_way_and_no_more_once_it_is_mended()
    {
        var logs = new CapturedLogs();
        await using var wallet = await StartAsync(Off);
        await using var host = await WalletHost.StartAsync(
            redis, With(wallet.Settings, Fast), services => services.AddSingleton<ILogger<Auditor>>(logs));
        var payer = await host.NewUserAsync(balance: 100);
        var payee = await host.NewUserAsync();
        var id = (await payer.SendAsync(payee, 10, more: new { message = "lunch" })).Body.GetProperty("id").GetGuid();
        await AssertVerdictAsync(host, "intact");
        await AssertReadyAsync(host, "healthy");

        await BreakAsync(wallet, $"UPDATE entries SET message = 'dinner' WHERE account_id = {payer.AccountId} AND seq = 2");

        await Eventually.AssertAsync(async () =>
        {
            var finding = Assert.Single((await AuditAsync(host)).GetProperty("findings").EnumerateArray(), f => f.GetProperty("kind").GetString() == "broken_hash");
            Assert.Equal(
                (payer.AccountId, 2, id, false),
                (finding.GetProperty("account_id").GetInt64(), finding.GetProperty("seq").GetInt64(), finding.GetProperty("transfer_id").GetGuid(), finding.GetProperty("warning").GetBoolean()));
        });
        await AssertVerdictAsync(host, "broken");
        await AssertReadyAsync(host, "degraded");
        var findings = FindingsIn(host);
        Assert.Equal(1, findings["broken_hash"]);
        Assert.Equal(0, findings["sum_not_zero"]);
        var line = Assert.Single(logs.Lines, l => l.Text.Contains("broken_hash", StringComparison.Ordinal));
        Assert.Equal(LogLevel.Critical, line.Level);
        Assert.Contains($"account {payer.AccountId}, entry 2, transfer {id}", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(payer.Id, line.Text, StringComparison.Ordinal);

        await wallet.ExecuteSqlAsync($"UPDATE entries SET message = 'lunch' WHERE account_id = {payer.AccountId} AND seq = 2");

        await AssertVerdictAsync(host, "intact");
        await AssertReadyAsync(host, "healthy");
    }

    [Fact]
    public async Task A_copy_shows_what_another_has_found()
    {
        await using var wallet = await StartAsync(Fast);
        await using var other = await WalletHost.StartAsync(redis, With(wallet.Settings, Fast));
        var payer = await wallet.Host.NewUserAsync(balance: 100);

        await BreakAsync(wallet, $"UPDATE entries SET amount = 99 WHERE account_id = {payer.AccountId} AND seq = 1");

        await AssertVerdictAsync(wallet.Host, "broken");
        await AssertVerdictAsync(other, "broken");
        Assert.Equal(200, (await payer.GetAsync("/v1/balance")).Status);
    }

    [Fact]
    public async Task New_entries_are_audited_soon_although_the_next_full_turn_is_far_away()
    {
        await using var wallet = await StartAsync(new Dictionary<string, string?>(Fast) { ["Wallet:Audit:TurnInterval"] = "30.00:00:00" });
        var payer = await wallet.Host.NewUserAsync(balance: 100);
        var payee = await wallet.Host.NewUserAsync();
        await AssertVerdictAsync(wallet.Host, "intact");
        await Eventually.AssertAsync(async () => Assert.Equal(0, (await AuditAsync(wallet.Host)).GetProperty("waiting").GetInt32()));
        await BreakAsync(wallet, $"UPDATE entries SET hash = (SELECT hash FROM entries AS other WHERE other.account_id < {payer.AccountId} LIMIT 1) WHERE account_id = {payer.AccountId} AND seq = 1");

        (await payer.SendAsync(payee, 1)).AssertStatus(201);

        await Eventually.AssertAsync(async () =>
        {
            var finding = Assert.Single((await AuditAsync(wallet.Host)).GetProperty("findings").EnumerateArray());
            Assert.Equal(("broken_hash", 2), (finding.GetProperty("kind").GetString(), finding.GetProperty("seq").GetInt64()));
        });
    }

    [Fact]
    public async Task Copies_that_post_all_the_time_have_no_finding_and_leave_nothing_waiting()
    {
        await using var wallet = await StartAsync(Fast);
        await using var other = await WalletHost.StartAsync(redis, With(wallet.Settings, Fast));
        var users = new List<TestUser>();
        for (var i = 0; i < 6; i++)
            users.Add(await wallet.Host.NewUserAsync(balance: 1_000));

        await Task.WhenAll(Enumerable.Range(0, 12).Select(async client =>
        {
            for (var i = 0; i < 60; i++)
            {
                var (payer, payee) = (users[(client + i) % 6], users[(client + (2 * i) + 1) % 6]);
                await (client % 2 == 0 ? payer : payer.At(other)).SendAsync(payee, 1);
            }
        }));
        var began = (await AuditAsync(wallet.Host)).GetProperty("turn").GetProperty("number").GetInt64();

        await Eventually.AssertAsync(async () =>
        {
            foreach (var host in new[] { wallet.Host, other })
            {
                var audit = await AuditAsync(host);
                Assert.Equal("intact", audit.GetProperty("verdict").GetString());
                Assert.Equal(0, audit.GetProperty("waiting").GetInt32());
                Assert.True(audit.GetProperty("turn").GetProperty("number").GetInt64() > began + 1);
                Assert.Empty(audit.GetProperty("findings").EnumerateArray());
            }
        });
    }

    [Fact]
    public async Task A_turn_goes_on_where_it_was_when_the_service_starts_again()
    {
        await using var wallet = await StartAsync(Off);
        var store = (IAuditStore)wallet.Host.Store;
        for (var i = 0; i < 20; i++)
            await wallet.Host.NewUserAsync(balance: 1);
        var all = (await store.FindAccountsAfterAsync(0, 1_000, Cancel)).Count;
        var slow = new Dictionary<string, string?> { ["Wallet:Audit:RowsPerSecond"] = "10", ["Wallet:Audit:BatchMax"] = "4" };

        await using (var first = await WalletHost.StartAsync(redis, With(wallet.Settings, slow)))
        {
            await Eventually.AssertAsync(async () => Assert.True((await AuditAsync(first)).GetProperty("turn").GetProperty("accounts").GetInt64() > 2));
            await first.StopAsync();
        }

        var left = await store.ReadAuditProgressAsync(Cancel);
        Assert.Equal((1, AuditPhase.Accounts), (left.Turn, left.Position.Phase));
        Assert.InRange(left.Accounts, 3, all - 1);
        await using var second = await WalletHost.StartAsync(
            redis, With(wallet.Settings, new Dictionary<string, string?>(Fast) { ["Wallet:Audit:TurnInterval"] = "1.00:00:00" }));
        await Eventually.AssertAsync(async () =>
        {
            var turn = (await AuditAsync(second)).GetProperty("turn");
            Assert.Equal((1, "resting"), (turn.GetProperty("number").GetInt64(), turn.GetProperty("phase").GetString()));
            Assert.Equal(all, turn.GetProperty("accounts").GetInt64());
        });
    }

    private async Task<WalletFixture> StartAsync(IReadOnlyDictionary<string, string?> settings)
    {
        var wallet = Create(settings);
        await wallet.InitializeAsync();
        return wallet;
    }

    private async Task BreakAsync(WalletFixture wallet, string sql)
    {
        foreach (var statement in Disarm)
            await wallet.ExecuteSqlAsync(statement);
        await wallet.ExecuteSqlAsync(sql);
    }

    private static Dictionary<string, string?> With(IReadOnlyDictionary<string, string?> settings, Dictionary<string, string?> more)
    {
        var all = new Dictionary<string, string?>(settings) { ["Wallet:Audit:Enabled"] = "true" };
        foreach (var (name, value) in more)
            all[name] = value;
        return all;
    }

    private async Task<JsonElement> AuditAsync(WalletHost host)
    {
        var response = await host.SendAsync(HttpMethod.Get, "/v1/admin/audit", await redis.SignInAsync("operator", "admin"));
        response.AssertStatus(200);
        return response.Body;
    }

    private Task AssertVerdictAsync(WalletHost host, string verdict) =>
        Eventually.AssertAsync(async () => Assert.Equal(verdict, (await AuditAsync(host)).GetProperty("verdict").GetString()));

    private static async Task AssertReadyAsync(WalletHost host, string status)
    {
        var ready = await host.SendAsync(HttpMethod.Get, "/health/ready", token: null);
        ready.AssertStatus(200); // a proxy leaves the copy where it is
        Assert.Equal((status, status), (ready.Body.GetProperty("status").GetString(), ready.Body.GetProperty("checks").GetProperty("audit").GetProperty("status").GetString()));
    }

    /// <summary>The metric by kind, of this copy alone: an exporter in the test's process would add up those of all tests.</summary>
    private static Dictionary<string, int> FindingsIn(WalletHost host)
    {
        var findings = new Dictionary<string, int>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "wallet.audit.findings" && instrument.Meter.Scope == host.Services.GetRequiredService<IMeterFactory>())
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => findings[(string)tags[0].Value!] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return findings;
    }

    private sealed class CapturedLogs : ILogger<Auditor>
    {
        public ConcurrentQueue<(LogLevel Level, string Text)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue((logLevel, formatter(state, exception)));
    }
}

public sealed class SqliteAuditorTests(TestRedis redis) : AuditorContract(redis)
{
    private readonly TestRedis _redis = redis;

    private protected override string[] Disarm { get; } = ["DROP TRIGGER entries_no_update"];

    private protected override WalletFixture Create(IReadOnlyDictionary<string, string?> settings) => new SqliteWallet(_redis) { More = settings };
}

public sealed class PostgresAuditorTests(TestRedis redis, TestPostgres postgres) : AuditorContract(redis)
{
    private readonly TestRedis _redis = redis;

    private protected override string[] Disarm { get; } = ["ALTER TABLE entries DISABLE TRIGGER USER"];

    private protected override WalletFixture Create(IReadOnlyDictionary<string, string?> settings) => new PostgresWallet(_redis, postgres) { More = settings };
}
