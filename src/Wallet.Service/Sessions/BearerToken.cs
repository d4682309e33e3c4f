using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Wallet.Service.Sessions;

/// <summary>The token of a request: <c>Authorization: Bearer</c> and a token68 (RFC 6750, section 2.1), at most <see cref="LengthMax"/> characters.</summary>
internal static class BearerToken
{
    public const int LengthMax = 4_096;

    private const string Scheme = "Bearer ";
    private static readonly SearchValues<char> Token68 =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    /// <summary>Whether the request speaks of a bearer token; <paramref name="token"/> is null where what follows is none.</summary>
    public static bool TryRead(HttpRequest request, out string? token)
    {
        token = null;
        var header = request.Headers.Authorization;
        if (!header.Any(static value => value?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true))
            return false;
        if (header is [{ } single])
        {
            var text = single.AsSpan(Scheme.Length).Trim(' ');
            if (text.Length is > 0 and <= LengthMax && !text.ContainsAnyExcept(Token68))
                token = text.ToString();
        }

        return true;
    }

    /// <summary>Whether it has the form of a signed JWT: three base64url parts, the first of them a JSON object that names an algorithm.</summary>
    public static bool IsJwt(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3 || !Base64Url.IsValid(parts[0]) || !Base64Url.IsValid(parts[1]))
            return false;
        try
        {
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
            return header.RootElement.ValueKind == JsonValueKind.Object && header.RootElement.TryGetProperty("alg", out _);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false; // no JSON, or a name in it that is half a surrogate pair
        }
    }
}
