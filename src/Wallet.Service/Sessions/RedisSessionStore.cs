using System.Text.Json;
using StackExchange.Redis;
using Wallet.Service.Storage;

namespace Wallet.Service.Sessions;

/// <summary>
/// Sessions as an auth service writes them: <c>SET wallet:session:{SHA-256 of the token} {JSON} EX {seconds}</c>; <c>DEL</c> revokes.
/// Only read here. Those who ask at the same time share a round trip.
/// </summary>
internal sealed class RedisSessionStore : ISessionStore
{
    public const string KeyPrefix = "wallet:session:";

    private readonly RedisConnection _redis;
    private readonly ILogger<RedisSessionStore> _logger;
    private readonly SharedQuery<TokenHash, Session> _sessions;

    public RedisSessionStore(RedisConnection redis, ILogger<RedisSessionStore> logger)
    {
        _redis = redis;
        _logger = logger;
        _sessions = new SharedQuery<TokenHash, Session>(ReadAsync);
    }

    public async ValueTask<Session?> FindAsync(TokenHash token)
    {
        try
        {
            return await _sessions.ReadAsync(token, CancellationToken.None);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or LedgerStoreException)
        {
            _logger.SessionsUnavailable(e.GetType().Name);
            throw new SessionsUnavailableException(e);
        }
    }

    private async Task<IEnumerable<KeyValuePair<TokenHash, Session>>> ReadAsync(IReadOnlyCollection<TokenHash> tokens)
    {
        RedisKey[] keys = [.. tokens.Select(static token => (RedisKey)(KeyPrefix + token))];
        var records = await _redis.GetAsync(keys);
        var sessions = new List<KeyValuePair<TokenHash, Session>>(keys.Length);
        foreach (var (token, record) in tokens.Zip(records))
        {
            if (Parse(record) is { } session)
                sessions.Add(KeyValuePair.Create(token, session));
        }

        return sessions;
    }

    private Session? Parse(RedisValue record)
    {
        if (record.IsNull)
            return null;
        try
        {
            var session = JsonSerializer.Deserialize((ReadOnlySpan<byte>)(byte[])record!, SessionJson.Default.Session);
            if (session is not null && !session.Scopes.Contains(null!))
                return session;
            _logger.UnreadableSession("null where there must be a value");
            return null;
        }
        catch (JsonException e)
        {
            // Its content stays out of the log: it is somebody's session.
            _logger.UnreadableSession($"{e.Path}, line {e.LineNumber}, byte {e.BytePositionInLine}");
            return null;
        }
    }
}

internal static partial class SessionLog
{
    [LoggerMessage(LogLevel.Error, "A session's record in Redis cannot be read ({Where}); the token is refused")]
    public static partial void UnreadableSession(this ILogger logger, string where);

    [LoggerMessage(LogLevel.Warning, "Sessions cannot be looked up in Redis: {Reason}")]
    public static partial void SessionsUnavailable(this ILogger logger, string reason);

    [LoggerMessage(LogLevel.Warning, "The keys of the token issuer cannot be fetched")]
    public static partial void IssuerUnavailable(this ILogger logger, Exception exception);
}
