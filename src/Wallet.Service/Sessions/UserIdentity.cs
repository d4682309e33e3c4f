using System.Security.Claims;
using Wallet.Service.Http;

namespace Wallet.Service.Sessions;

/// <summary>How a signed-in user is kept in a request: one claim with her id, and one for each scope. Never changes once made; requests share it.</summary>
internal sealed class UserIdentity : ClaimsIdentity
{
    public const string IdClaim = "sub";
    public const string ScopeClaim = "scope";

    private UserIdentity(string userId, IEnumerable<string> scopes, string authenticationType)
        : base([new Claim(IdClaim, userId), .. scopes.Select(static scope => new Claim(ScopeClaim, scope))], authenticationType, IdClaim, roleType: null) =>
        UserId = userId;

    public string UserId { get; }

    /// <summary>The user, or null where the id is none that the wallet knows users by.</summary>
    public static ClaimsPrincipal? TryCreate(string? userId, IEnumerable<string> scopes, string authenticationType) =>
        userId is not null && TextRules.IsUserId(userId) ? new ClaimsPrincipal(new UserIdentity(userId, scopes, authenticationType)) : null;
}

internal static class UserPrincipal
{
    /// <summary>The signed-in user.</summary>
    /// <exception cref="InvalidOperationException">Nobody is signed in: the endpoint lacks its authorization.</exception>
    public static string UserId(this ClaimsPrincipal user) =>
        (user.Identity as UserIdentity)?.UserId ?? throw new InvalidOperationException("Nobody is signed in.");
}
