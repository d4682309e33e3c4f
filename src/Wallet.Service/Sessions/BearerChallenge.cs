using Microsoft.AspNetCore.Authorization;
using Wallet.Service.Http;

namespace Wallet.Service.Sessions;

/// <summary>What a request that may not pass is told, alike for sessions and JWTs (RFC 6750, section 3).</summary>
internal static class BearerChallenge
{
    /// <summary>401: without a token a bare challenge, with a bad one the reason. 503 where it cannot be known, so that nobody throws a good token away.</summary>
    /// <param name="context">The request.</param>
    /// <param name="failure">Why its token was not accepted; null where it has none.</param>
    public static Task RefuseAsync(HttpContext context, Exception? failure)
    {
        if (failure is SessionsUnavailableException)
            return new ProblemResult(ProblemCatalog.SessionsUnavailable).ExecuteAsync(context);

        context.Response.Headers.WWWAuthenticate = failure is null
            ? "Bearer"
            : "Bearer error=\"invalid_token\", error_description=\"The token is malformed, unknown, expired or revoked\"";
        return new ProblemResult(failure is null ? ProblemCatalog.Unauthorized : ProblemCatalog.InvalidToken).ExecuteAsync(context);
    }

    /// <summary>403, with the scope that is missing: policies are named after theirs.</summary>
    public static Task ForbidAsync(HttpContext context)
    {
        var policies = context.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(static data => data.Policy) ?? [];
        var missing = policies.FirstOrDefault(policy => policy is not null && !context.User.HasClaim(UserIdentity.ScopeClaim, policy)) ?? Scopes.Wallet;
        context.Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{missing}\"";
        return new ProblemResult(ProblemCatalog.InsufficientScope).ExecuteAsync(context);
    }
}
