using StackExchange.Redis;

namespace Wallet.Service.Sessions;

/// <summary>
/// The connection to the Redis that holds the sessions. Made before the service listens; where Redis is away it comes back by itself, and
/// until then calls fail at once rather than queue up behind a hope. Safe to use from any thread.
/// </summary>
internal sealed class RedisConnection(string connectionString) : IHostedService, IAsyncDisposable
{
    private const int AnswerTimeoutMilliseconds = 1_000;
    private const int ConnectTimeoutMilliseconds = 5_000;
    private const int ReconnectDelayMilliseconds = 1_000;

    private ConnectionMultiplexer? _multiplexer;

    /// <exception cref="InvalidOperationException">The service has not started.</exception>
    public IDatabase Database => (_multiplexer ?? throw new InvalidOperationException("The connection is made when the service starts.")).GetDatabase();

    public async Task StartAsync(CancellationToken cancellationToken) => _multiplexer = await ConnectionMultiplexer.ConnectAsync(Options());

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_multiplexer is not null)
            await _multiplexer.DisposeAsync();
    }

    /// <summary>What the connection string says, with bounds on all waiting where it says nothing.</summary>
    private ConfigurationOptions Options()
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ReconnectRetryPolicy = new LinearRetry(ReconnectDelayMilliseconds);
        if (!Says("connectTimeout"))
            options.ConnectTimeout = ConnectTimeoutMilliseconds;
        if (!Says("syncTimeout"))
            options.SyncTimeout = AnswerTimeoutMilliseconds;
        if (!Says("asyncTimeout"))
            options.AsyncTimeout = AnswerTimeoutMilliseconds;
        return options;

        bool Says(string setting) => connectionString.Contains(setting, StringComparison.OrdinalIgnoreCase);
    }
}
