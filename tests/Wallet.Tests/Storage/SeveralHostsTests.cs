using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Wallet.Service.Storage;
using Wallet.Service.Storage.Postgres;

namespace Wallet.Tests.Storage;

/// <summary>Two servers of which one can be written to, now this one and now the other, as around a failover.</summary>
public sealed class SeveralHostsTests : IAsyncLifetime
{
    private readonly PostgresServer _first = new();
    private readonly PostgresServer _second = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Task.WhenAll(_first.InitializeAsync().AsTask(), _second.InitializeAsync().AsTask());
        await SetReadOnlyAsync(_second, "on");
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task The_host_that_can_be_written_to_is_found_as_soon_as_there_is_one()
    {
        await using var store = Open();
        await store.CheckAsync(Cancel);

        await _first.StopAsync();
        await AssertUnavailableAsync(store);
        await AssertUnavailableAsync(store);
        await SetReadOnlyAsync(_second, "off");
        await store.CheckAsync(Cancel);
    }

    [Fact]
    public async Task A_host_that_cannot_be_written_to_any_more_is_left_after_one_failure()
    {
        await SetReadOnlyAsync(_second, "off");
        await SetReadOnlyAsync(_first, "on");
        await using var store = Open();
        await store.CheckAsync(Cancel);

        await SetReadOnlyAsync(_first, "off");
        await SetReadOnlyAsync(_second, "on");
        await AssertUnavailableAsync(store);
        await store.CheckAsync(Cancel);
    }

    [Fact]
    public async Task A_primary_that_was_replaced_is_not_taken_when_it_comes_back()
    {
        await PromoteAsync(_second);
        await using var store = Open();
        await store.CheckAsync(Cancel);
        await _first.StopAsync();
        await SetReadOnlyAsync(_second, "off");
        await Eventually.AssertAsync(async () => Assert.Null(await Record.ExceptionAsync(() => store.CheckAsync(Cancel))));

        await _first.StartAsync();
        await _second.StopAsync();
        await AssertUnavailableAsync(store);
        await AssertUnavailableAsync(store);
        await _second.StartAsync();
        await store.CheckAsync(Cancel);
    }

    private PostgresLedgerStore Open()
    {
        var settings = new NpgsqlConnectionStringBuilder(_first.ConnectionString("postgres"));
        settings.Host = $"{settings.Host}:{settings.Port},{settings.Host}:{new NpgsqlConnectionStringBuilder(_second.ConnectionString("postgres")).Port}";
        return new PostgresLedgerStore(settings.ConnectionString, LedgerFixture.Currencies, snapshotsMax: 1_000, NullLoggerFactory.Instance);
    }

    /// <summary>Makes it a standby of nobody for a moment, and then a primary on a timeline of its own.</summary>
    private static async Task PromoteAsync(PostgresServer server)
    {
        await server.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Data, "standby.signal"), "", Cancel);
        await server.StartAsync();
        await server.ExecuteAsync("SELECT pg_promote()");
    }

    private static async Task AssertUnavailableAsync(ILedgerStore store) =>
        Assert.Equal(StoreFailure.Unavailable, (await Assert.ThrowsAsync<LedgerStoreException>(() => store.CheckAsync(Cancel))).Failure);

    /// <summary>Sets it, and waits until connections that are open see it too: the setting takes a moment to arrive.</summary>
    private static async Task SetReadOnlyAsync(PostgresServer server, string value)
    {
        await using var open = NpgsqlDataSource.Create(server.ConnectionString("postgres"));
        await using var connection = await open.OpenConnectionAsync(Cancel);
        await server.SetAsync("default_transaction_read_only", value);
        await Eventually.AssertAsync(async () =>
        {
            await using var command = new NpgsqlCommand("SHOW default_transaction_read_only", connection);
            Assert.Equal(value, await command.ExecuteScalarAsync(Cancel));
        });
    }
}
