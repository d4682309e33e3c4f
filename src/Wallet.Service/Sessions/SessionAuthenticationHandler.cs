using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Wallet.Service.Sessions;

/// <summary>Signs a request in by the session that its bearer token stands for.</summary>
internal sealed class SessionAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, SessionCache sessions)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Session";

    private static readonly AuthenticateResult Invalid = AuthenticateResult.Fail("The token is not valid.");

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!BearerToken.TryRead(Request, out var token))
            return AuthenticateResult.NoResult();
        if (token is null)
            return Invalid;
        try
        {
            return await sessions.FindAsync(token) is { } user ? AuthenticateResult.Success(new AuthenticationTicket(user, Scheme.Name)) : Invalid;
        }
        catch (SessionsUnavailableException e)
        {
            return AuthenticateResult.Fail(e);
        }
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties) =>
        await BearerChallenge.RefuseAsync(Context, (await HandleAuthenticateOnceSafeAsync()).Failure);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => BearerChallenge.ForbidAsync(Context);
}
