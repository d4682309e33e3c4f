using Npgsql;
using Wallet.Tests.Servers;
using Wallet.Tests.Storage;

namespace Wallet.Tests.Faults;

/// <summary>The connection to PostgreSQL breaks at the worst moment: around a COMMIT.</summary>
public sealed class CutConnectionTests(TestRedis redis, TestPostgres postgres) : IAsyncLifetime
{
    private TcpProxy _proxy = null!;
    private WalletHost _host = null!;
    private Dictionary<string, string?> _settings = null!;

    public async ValueTask InitializeAsync()
    {
        var connection = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        _proxy = new TcpProxy(connection.Port);
        (connection.Host, connection.Port) = ("127.0.0.1", _proxy.Port);
        connection.MaxAutoPrepare = 0; // a statement's text is then seen each time
        _settings = PostgresWallet.SettingsFor(connection.ConnectionString);
        _host = await WalletHost.StartAsync(redis, _settings);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Theory]
    [InlineData(Passage.CutBefore)]
    [InlineData(Passage.CutInsteadOfAnswer)]
    public async Task A_transfer_whose_commit_got_no_answer_is_posted_once_and_its_caller_is_told_so(Passage passage)
    {
        var payer = await _host.NewUserAsync(balance: 100);
        var payee = await _host.NewUserAsync();
        var cuts = 0;
        _proxy.Decide = piece => IsCommit(piece) && Interlocked.Increment(ref cuts) == 1 ? passage : Passage.Pass;

        var posted = await payer.SendAsync(payee, 10, key: "once");
        var again = await payer.SendAsync(payee, 10, key: "once");

        Assert.True(cuts >= 1);
        posted.AssertStatus(201);
        again.AssertStatus(201);
        Assert.Equal("true", again.Header("Idempotent-Replayed"));
        Assert.Equal(posted.Body.GetProperty("id").GetGuid(), again.Body.GetProperty("id").GetGuid());
        Assert.Equal((90, 10), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        await LedgerAudit.CheckAsync(_host.Store, [payer.AccountId, payee.AccountId]);
    }

    [Fact]
    public async Task A_transfer_that_cannot_be_settled_is_in_doubt_and_its_key_finds_it_later()
    {
        _settings["Wallet:Commit:RetryWindow"] = "00:00:00";
        await using var host = await WalletHost.StartAsync(redis, _settings);
        var payer = await host.NewUserAsync(balance: 100);
        var payee = await host.NewUserAsync();
        var isCommitted = false;
        _proxy.Decide = piece =>
        {
            if (isCommitted)
                return Passage.CutBefore;
            isCommitted = IsCommit(piece);
            return isCommitted ? Passage.CutInsteadOfAnswer : Passage.Pass;
        };

        var first = await payer.SendAsync(payee, 10, key: "k");
        _proxy.Decide = static _ => Passage.Pass;
        var retried = await payer.SendAsync(payee, 10, key: "k");

        first.AssertProblem(503, "in_doubt");
        retried.AssertStatus(201);
        Assert.Equal("true", retried.Header("Idempotent-Replayed"));
        Assert.Equal((90, 10), (await payer.BalanceAsync(), await payee.BalanceAsync()));
    }

    [Fact]
    public async Task Under_load_with_commits_that_are_cut_again_and_again_each_transfer_is_posted_once()
    {
        var payer = await _host.NewUserAsync(balance: 1_000);
        var payee = await _host.NewUserAsync();
        var passages = 0;
        _proxy.Decide = piece => IsCommit(piece) && Interlocked.Increment(ref passages) % 3 == 0
            ? passages % 2 == 0 ? Passage.CutBefore : Passage.CutInsteadOfAnswer
            : Passage.Pass;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            for (var i = 0; i < 10; i++)
                await Eventually.AssertAsync(async () => (await payer.SendAsync(payee, 1, key: $"{client}-{i}")).AssertStatus(201));
        }));

        Assert.True(passages >= 3);
        Assert.Equal((920, 80), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        await LedgerAudit.CheckAsync(_host.Store, [payer.AccountId, payee.AccountId]);
    }

    /// <summary>A statement ends with a zero byte; BEGIN says READ COMMITTED.</summary>
    private static bool IsCommit(ReadOnlyMemory<byte> piece) => piece.Span.IndexOf("COMMIT\0"u8) >= 0;
}
