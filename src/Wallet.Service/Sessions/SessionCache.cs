using System.Diagnostics.Metrics;
using System.Security.Claims;
using BitFaster.Caching.Lru;
using Microsoft.Extensions.Options;
using Wallet.Service.Observability;

namespace Wallet.Service.Sessions;

/// <summary>
/// Finds users by their sessions, from memory where they were seen within <see cref="SessionOptions.CacheFor"/>: that is also how late a revocation
/// is seen at the most. Only valid sessions are kept, none beyond its own end. Safe to use from any thread.
/// </summary>
internal sealed class SessionCache
{
    private readonly ISessionStore? _store;
    private readonly DevelopmentSessions? _development;
    private readonly TimeProvider _time;
    private readonly TimeSpan _cacheFor;
    private readonly FastConcurrentLru<TokenHash, Kept> _cache;
    private readonly Counter<long> _lookups;

    /// <param name="options">How much is kept, and for how long.</param>
    /// <param name="time">The clock.</param>
    /// <param name="meters">Makes the meter.</param>
    /// <param name="store">Where sessions are; null where only JWTs or the demonstration users sign in.</param>
    /// <param name="development">The demonstration users; null outside of Development.</param>
    public SessionCache(
        IOptions<SessionOptions> options, TimeProvider time, IMeterFactory meters, ISessionStore? store = null, DevelopmentSessions? development = null)
    {
        _store = store;
        _development = development;
        _time = time;
        _cacheFor = options.Value.CacheFor;
        _cache = new FastConcurrentLru<TokenHash, Kept>(options.Value.CacheEntriesMax);
        _lookups = meters.Create(ObservabilitySetup.SourceName).CreateCounter<long>("wallet.sessions.lookups", "{lookup}", "Tokens looked up, by what was found.");
    }

    /// <summary>The user, or null where the token is unknown, revoked or expired, or names nobody.</summary>
    /// <exception cref="SessionsUnavailableException">It cannot be known now.</exception>
    public async ValueTask<ClaimsPrincipal?> FindAsync(string token)
    {
        var hash = TokenHash.Of(token);
        if (_development?.Find(hash) is { } demo)
            return UserOf(demo);

        // The session's own end is a time of day. How long it has been remembered is not: a clock that is set back must not make that longer.
        var now = _time.GetUtcNow();
        var asked = _time.GetTimestamp();
        if (_cache.TryGet(hash, out var kept) && _time.GetElapsedTime(kept.Since, asked) < _cacheFor && !(kept.ExpiresAt <= now))
            return Counted("hit", kept.User);

        var session = _store is null ? null : await AskAsync(_store, hash);
        if (session is null || session.ExpiresAt <= now || UserOf(session) is not { } user)
            return Counted("invalid", null);

        // Measured from before the store was asked, so that the bound on revocations holds however long that took.
        if (_cacheFor > TimeSpan.Zero)
            _cache.AddOrUpdate(hash, new Kept(user, asked, session.ExpiresAt));
        return Counted("miss", user);
    }

    private async ValueTask<Session?> AskAsync(ISessionStore store, TokenHash hash)
    {
        try
        {
            return await store.FindAsync(hash);
        }
        catch (SessionsUnavailableException)
        {
            Counted("unavailable", null);
            throw;
        }
    }

    private ClaimsPrincipal? Counted(string result, ClaimsPrincipal? user)
    {
        _lookups.Add(1, new KeyValuePair<string, object?>("result", result));
        return user;
    }

    private static ClaimsPrincipal? UserOf(Session session) =>
        UserIdentity.TryCreate(session.UserId, session.Scopes, SessionAuthenticationHandler.SchemeName);

    /// <param name="User">Who it is.</param>
    /// <param name="Since">When the store was asked, a timestamp of the <see cref="TimeProvider"/>.</param>
    /// <param name="ExpiresAt">The session's own end.</param>
    private sealed record Kept(ClaimsPrincipal User, long Since, DateTimeOffset? ExpiresAt);
}
