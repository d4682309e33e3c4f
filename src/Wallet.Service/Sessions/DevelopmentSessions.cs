using Wallet.Service.Startup;

namespace Wallet.Service.Sessions;

/// <summary>The sessions of the demonstration users and of an operator, whose tokens are their names. Registered in the Development environment alone.</summary>
internal sealed class DevelopmentSessions
{
    /// <summary>May call the routes of the administration, and has no account.</summary>
    public const string Operator = "operator";

    private readonly Dictionary<TokenHash, Session> _sessions = DemoAccounts.Users
        .Select(static user => new Session { UserId = user, Scopes = [Scopes.Wallet] })
        .Append(new Session { UserId = Operator, Scopes = [Scopes.Admin] })
        .ToDictionary(static session => TokenHash.Of(session.UserId));

    public Session? Find(TokenHash token) => _sessions.GetValueOrDefault(token);
}
