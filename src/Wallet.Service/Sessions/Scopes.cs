using System.Security.Claims;
using Wallet.Service.Http;

namespace Wallet.Service.Sessions;

/// <summary>What a token may be good for. The names are also those of the authorization policies.</summary>
internal static class Scopes
{
    /// <summary>A user's own accounts and transfers.</summary>
    public const string Wallet = "wallet";

    /// <summary>What an operator does.</summary>
    public const string Admin = "admin";

    public static readonly IReadOnlyList<string> All = [Wallet, Admin];
}

/// <summary>How a signed-in user is kept in the request: one claim with her id, and one for each scope.</summary>
internal static class UserIdentity
{
    public const string IdClaim = "sub";
    public const string ScopeClaim = "scope";

    /// <summary>The identity, or null where the id is none that the wallet knows users by.</summary>
    public static ClaimsIdentity? Create(string? userId, IEnumerable<string> scopes, string authenticationType) =>
        userId is not null && TextRules.IsUserId(userId)
            ? new ClaimsIdentity(
                [new Claim(IdClaim, userId), .. scopes.Select(static scope => new Claim(ScopeClaim, scope))],
                authenticationType, IdClaim, roleType: null)
            : null;

    /// <summary>The signed-in user.</summary>
    /// <exception cref="InvalidOperationException">Nobody is signed in: the endpoint lacks its authorization.</exception>
    public static string UserId(this ClaimsPrincipal user) =>
        user.FindFirstValue(IdClaim) ?? throw new InvalidOperationException("Nobody is signed in.");
}
