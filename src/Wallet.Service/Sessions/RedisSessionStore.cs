using System.Text.Json;
using StackExchange.Redis;

namespace Wallet.Service.Sessions;

/// <summary>
/// Sessions as an auth service writes them: <c>SET wallet:session:{SHA-256 of the token} {JSON} EX {seconds}</c>; <c>DEL</c> revokes.
/// Only read here.
/// </summary>
internal sealed class RedisSessionStore(RedisConnection redis, ILogger<RedisSessionStore> logger) : ISessionStore
{
    public const string KeyPrefix = "wallet:session:";

    public async ValueTask<Session?> FindAsync(TokenHash token)
    {
        RedisValue record;
        try
        {
            record = await redis.Database.StringGetAsync(KeyPrefix + token);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            logger.UnreadableSession(e.Message);
            return null;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            logger.SessionsUnavailable(e.GetType().Name);
            throw new SessionsUnavailableException(e);
        }

        if (record.IsNull)
            return null;
        try
        {
            var session = JsonSerializer.Deserialize((ReadOnlySpan<byte>)(byte[])record!, SessionJson.Default.Session);
            if (session is not null && !session.Scopes.Contains(null!))
                return session;
            logger.UnreadableSession("null where there must be a value");
            return null;
        }
        catch (JsonException e)
        {
            // Its content stays out of the log: it is somebody's session.
            logger.UnreadableSession($"{e.Path}, line {e.LineNumber}, byte {e.BytePositionInLine}");
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
