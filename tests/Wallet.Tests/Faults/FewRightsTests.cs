using Npgsql;
using Wallet.Service.Sessions;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Faults;

/// <summary>The service as a role that owns nothing, with the rights that docs/operations.md names.</summary>
public sealed class FewRightsTests(TestRedis redis, TestPostgres postgres) : IAsyncLifetime
{
    private string _owner = null!;
    private string _service = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _owner = await postgres.CreateDatabaseAsync();
        var connection = new NpgsqlConnectionStringBuilder(_owner);
        connection.Username = $"{connection.Database}_service";
        _service = connection.ConnectionString;
        // Migrated by the owner, as "wallet migrate" does, which audits nothing.
        var settings = PostgresWallet.SettingsFor(_owner);
        settings["Wallet:Audit:Enabled"] = "false";
        await (await WalletHost.StartAsync(redis, settings)).DisposeAsync();
        await ExecuteAsync(
            _owner,
            $"""
             CREATE ROLE {connection.Username} LOGIN;
             GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {connection.Username};
             GRANT UPDATE ON accounts, audit_progress TO {connection.Username};
             GRANT UPDATE, DELETE ON audit_findings TO {connection.Username};
             GRANT USAGE ON SEQUENCE account_ids TO {connection.Username};
             """);
    }

    public async ValueTask DisposeAsync()
    {
        var role = new NpgsqlConnectionStringBuilder(_service).Username;
        await ExecuteAsync(_owner, $"DROP OWNED BY {role}; DROP ROLE {role}");
    }

    [Fact]
    public async Task The_rights_in_the_documents_are_enough_to_serve()
    {
        await using var host = await WalletHost.StartAsync(redis, PostgresWallet.SettingsFor(_service));
        var payer = await host.NewUserAsync(balance: 100);
        var payee = await host.NewUserAsync();

        (await payer.SendAsync(payee, 10, key: "k")).AssertStatus(201);
        (await payer.SendAsync(payee, 10, key: "k")).AssertStatus(201);
        (await payer.SendAsync(payee, 91)).AssertProblem(422, "insufficient_funds");
        await payer.OpenAccountAsync("EUR", "savings");
        (await payer.GetAsync("/v1/transactions")).AssertStatus(200);
        Assert.Equal((90, 10), (await payer.BalanceAsync(), await payee.BalanceAsync()));
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Get, "/health/ready", token: null)).Status);
    }

    [Fact]
    public async Task The_rights_in_the_documents_are_enough_to_audit()
    {
        var settings = PostgresWallet.SettingsFor(_service);
        settings["Wallet:Audit:TurnInterval"] = "00:00:00";
        await using var host = await WalletHost.StartAsync(redis, settings);
        var admin = await host.SignInAsync("auditing", Scopes.Admin);

        await AssertVerdictAsync("intact");
        await ExecuteAsync(_owner, "UPDATE accounts SET balance = balance - 1 WHERE user_id = '@world' AND currency = 'SGD'");
        await AssertVerdictAsync("broken");
        await ExecuteAsync(_owner, "UPDATE accounts SET balance = balance + 1 WHERE user_id = '@world' AND currency = 'SGD'");
        await AssertVerdictAsync("intact");

        Task AssertVerdictAsync(string verdict) => Eventually.AssertAsync(async () =>
            Assert.Equal(verdict, (await admin.GetAsync("/v1/admin/audit")).Body.GetProperty("verdict").GetString()));
    }

    [Fact]
    public async Task With_those_rights_nothing_that_was_written_can_be_changed_or_removed()
    {
        string[] refused =
        [
            "UPDATE entries SET amount = 1", "DELETE FROM entries", "TRUNCATE entries", "UPDATE transfers SET amount = 1", "DELETE FROM transfers", "DELETE FROM accounts",
            "ALTER TABLE entries DISABLE TRIGGER entries_append_only", "DROP TABLE entries", "CREATE TABLE more (id int)",
        ];

        foreach (var sql in refused)
        {
            var refusal = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(_service, sql));
            Assert.Equal((sql, PostgresErrorCodes.InsufficientPrivilege), (sql, refusal.SqlState));
        }
    }

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
