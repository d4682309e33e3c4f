using StackExchange.Redis;

namespace Wallet.Service.Sessions;

/// <summary>
/// The connection to the Redis that holds the sessions. Made before the service listens; where Redis is away it comes back by itself, and
/// until then calls fail at once rather than queue up behind a hope. Safe to use from any thread.
/// </summary>
internal sealed class RedisConnection : IHostedService, IAsyncDisposable
{
    private const int ReconnectDelayMilliseconds = 1_000;

    // What the connection string does not say, in milliseconds. Of two values the later counts.
    private const string Bounds = "connectTimeout=5000,syncTimeout=1000,asyncTimeout=1000,";

    private readonly ConfigurationOptions _options;
    private ConnectionMultiplexer? _multiplexer;

    /// <exception cref="StartupException">The connection string cannot be read.</exception>
    public RedisConnection(string connectionString)
    {
        try
        {
            _options = ConfigurationOptions.Parse(Bounds + connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new StartupException($"ConnectionStrings:Redis cannot be read: {e.Message}", e);
        }

        _options.AbortOnConnectFail = false;
        _options.BacklogPolicy = BacklogPolicy.FailFast;
        _options.ReconnectRetryPolicy = new LinearRetry(ReconnectDelayMilliseconds);
        _options.IncludeDetailInExceptions = false; // it names keys
    }

    /// <exception cref="InvalidOperationException">The service has not started.</exception>
    public IDatabase Database => (_multiplexer ?? throw new InvalidOperationException("The connection is made when the service starts.")).GetDatabase();

    private bool IsCluster => _multiplexer!.GetServers() is [{ ServerType: ServerType.Cluster }, ..];

    /// <summary>The strings under the keys, in their order; null for each that is not there or is no string.</summary>
    /// <exception cref="RedisException">Redis is away, or refuses.</exception>
    /// <exception cref="TimeoutException">No answer came in time.</exception>
    public async Task<RedisValue[]> GetAsync(RedisKey[] keys)
    {
        var database = Database;
        if (!IsCluster)
            return await database.StringGetAsync(keys);

        // The keys lie on several servers, and one command may name those of one server alone. Still MGET: GET fails at a key that is no string, and all who share this would fail with it.
        var found = await Task.WhenAll(keys.Select(key => database.StringGetAsync([key])));
        return [.. found.Select(static values => values[0])];
    }

    public async Task StartAsync(CancellationToken cancellationToken) => _multiplexer = await ConnectionMultiplexer.ConnectAsync(_options);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_multiplexer is not null)
            await _multiplexer.DisposeAsync();
    }
}
