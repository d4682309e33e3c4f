using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Microsoft.Extensions.Primitives;

namespace Wallet.Service.Sessions;

/// <summary>The token of a request: <c>Authorization: Bearer</c> and a token68 (RFC 6750, section 2.1), at most <see cref="LengthMax"/> characters.</summary>
internal static class BearerToken
{
    public const int LengthMax = 4_096;

    private const string Scheme = "Bearer ";
    private static readonly SearchValues<char> Token68 =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    /// <summary>Whether there is a header at all; <paramref name="token"/> is null where what it holds is no bearer token.</summary>
    public static bool TryRead(HttpRequest request, out string? token)
    {
        token = null;
        StringValues header = request.Headers.Authorization;
        if (header.Count == 0)
            return false;
        if (header is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            var text = value.AsSpan(Scheme.Length).Trim(' ');
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
        catch (JsonException)
        {
            return false;
        }
    }
}
