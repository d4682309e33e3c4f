using Microsoft.AspNetCore.Authentication;
using Wallet.Service.Http;

namespace Wallet.Service.Sessions;

/// <summary>What a request that may not pass is told, alike for sessions and JWTs (RFC 6750, section 3).</summary>
internal static class BearerChallenge
{
    /// <summary>401: without a token a bare challenge, with a bad one the reason. 503 where it cannot be known, so that nobody throws a good token away.</summary>
    public static Task RefuseAsync(HttpContext context, AuthenticateResult result)
    {
        switch (result.Failure)
        {
            case SessionsUnavailableException:
                return new ProblemResult(ProblemCatalog.SessionsUnavailable).ExecuteAsync(context);
            case null:
                context.Response.Headers.WWWAuthenticate = "Bearer";
                return new ProblemResult(ProblemCatalog.Unauthorized).ExecuteAsync(context);
            default:
                context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\", error_description=\"The token is malformed, unknown, expired or revoked\"";
                return new ProblemResult(ProblemCatalog.InvalidToken).ExecuteAsync(context);
        }
    }

    /// <summary>403, with the scope that is missing.</summary>
    public static Task ForbidAsync(HttpContext context)
    {
        var needed = context.GetEndpoint()?.Metadata.GetOrderedMetadata<Microsoft.AspNetCore.Authorization.IAuthorizeData>()
            .Select(static data => data.Policy).LastOrDefault(static policy => policy is not null) ?? Scopes.Wallet;
        context.Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{needed}\"";
        return new ProblemResult(ProblemCatalog.InsufficientScope).ExecuteAsync(context);
    }
}
