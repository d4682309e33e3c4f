using Wallet.Service.Storage.Sqlite;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Faults;

/// <summary>Pages in the middle of the SQLite file are overwritten, as a failing disk does.</summary>
public sealed class DamagedFileTests(SqliteWallet wallet) : IClassFixture<SqliteWallet>
{
    private readonly Dictionary<string, string?> _settings = wallet.NewFile();

    private string FilePath => _settings["Wallet:SqliteFile"]!;

    [Fact]
    public async Task A_file_whose_accounts_are_damaged_stops_the_start()
    {
        await (await WalletHost.StartAsync(wallet.Redis, _settings)).DisposeAsync();
        Damage("accounts");

        await using var process = await WalletProcess.RunToEndAsync("Development", $"--Wallet:SqliteFile={FilePath}", "--urls", "http://127.0.0.1:0");

        Assert.Equal(1, process.ExitCode);
        Assert.Contains("The database cannot be used", process.Output, StringComparison.Ordinal);
        Assert.Contains("is damaged", process.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_damaged_history_is_503_and_the_balance_is_right(bool isRunning)
    {
        var host = await WalletHost.StartAsync(wallet.Redis, _settings);
        var payer = await host.NewUserAsync(balance: 100);
        var payee = await host.NewUserAsync();
        (await payer.SendAsync(payee, 10)).AssertStatus(201);
        if (!isRunning)
            await host.DisposeAsync();
        Damage("entries");
        await using var damaged = isRunning ? host : await WalletHost.StartAsync(wallet.Redis, _settings);
        payer = payer.At(damaged);

        (await payer.GetAsync("/v1/transactions")).AssertProblem(503, "database_unavailable");
        Assert.Equal(90, await payer.BalanceAsync());
        var sent = await payer.SendAsync(payee, 10, key: "k");
        if (isRunning && sent.Status == 201)
            return; // the writer has the page in its memory still, and it is right there
        sent.AssertProblem(503, "database_unavailable");
        Assert.Equal((90, 10), (await payer.BalanceAsync(), await payee.At(damaged).BalanceAsync()));
    }

    [Fact]
    public async Task While_pages_are_overwritten_each_answer_is_503_or_right()
    {
        await using var host = await WalletHost.StartAsync(wallet.Redis, _settings);
        var payer = await host.NewUserAsync(balance: 1_000);
        var payee = await host.NewUserAsync();
        (await payer.SendAsync(payee, 10)).AssertStatus(201);

        Damage(table: null);

        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => (i % 4) switch
        {
            0 => payer.GetAsync("/v1/transactions"),
            1 => payer.GetAsync("/v1/balance"),
            2 => payer.GetAsync($"/v1/accounts/{payer.AccountId}"),
            _ => payer.PostAsync("/v1/accounts", """{"currency": "EUR"}"""),
        }));
        Assert.Contains(answers, static answer => answer.Status == 503);
        foreach (var answer in answers.Where(static answer => answer.Status != 503))
        {
            answer.AssertStatus(200);
            if (answer.Body.TryGetProperty("balance", out var balance))
                Assert.Equal(990, balance.GetInt64());
        }

        foreach (var answer in answers.Where(static answer => answer.Status == 503))
            answer.AssertProblem(503, "database_unavailable");
    }

    /// <summary>Brings all that is in the log into the file, and overwrites the first page of a table there, or all pages but the first.</summary>
    private void Damage(string? table)
    {
        long size, page;
        using (var database = SqliteDatabase.Open(FilePath, isReadOnly: false))
        {
            database.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
            size = Long("PRAGMA page_size");
            page = table is null ? 2 : Long($"SELECT rootpage FROM sqlite_schema WHERE name = '{table}'");

            long Long(string sql)
            {
                using var row = database.Use(sql);
                Assert.True(row.Step());
                return row.Long(0);
            }
        }

        using var file = new FileStream(FilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Position = (page - 1) * size;
        file.Write(new byte[table is null ? file.Length - file.Position : size]);
    }
}
