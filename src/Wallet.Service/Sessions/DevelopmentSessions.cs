using Wallet.Service.Startup;

namespace Wallet.Service.Sessions;

/// <summary>The sessions of the demonstration users, whose tokens are their names. Registered in the Development environment alone.</summary>
internal sealed class DevelopmentSessions
{
    private readonly Dictionary<TokenHash, Session> _sessions = DemoAccounts.Users.ToDictionary(
        TokenHash.Of,
        static user => new Session { UserId = user, Scopes = user == DemoAccounts.House ? Scopes.All : [Scopes.Wallet] });

    public Session? Find(TokenHash token) => _sessions.GetValueOrDefault(token);
}
