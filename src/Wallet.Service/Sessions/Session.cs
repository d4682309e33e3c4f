using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Wallet.Ledger;

namespace Wallet.Service.Sessions;

/// <summary>What is known of a token: the record that an auth service writes. Members that are not named here are ignored.</summary>
internal sealed record Session
{
    [JsonPropertyName("user_id")]
    public required string UserId { get; init; }

    [JsonPropertyName("scopes")]
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>When it ends; null where only the record's own time to live ends it.</summary>
    [JsonPropertyName("expires_at")]
    public DateTimeOffset? ExpiresAt { get; init; }
}

[JsonSourceGenerationOptions(RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Session))]
internal sealed partial class SessionJson : JsonSerializerContext;

/// <summary>Where sessions are looked up. Safe to use from any thread.</summary>
internal interface ISessionStore
{
    /// <summary>The session, or null where the token is unknown or revoked. Whether it has expired is for the caller.</summary>
    /// <exception cref="SessionsUnavailableException">It cannot be known now.</exception>
    ValueTask<Session?> FindAsync(TokenHash token);
}

/// <summary>The SHA-256 of a token: all that is ever kept of one. As text it is in lower-case hexadecimal.</summary>
internal readonly record struct TokenHash(Hash256 Value)
{
    private const int BytesOnStackMax = 512;

    public static TokenHash Of(string token)
    {
        var lengthMax = Encoding.UTF8.GetMaxByteCount(token.Length);
        var bytes = lengthMax <= BytesOnStackMax ? stackalloc byte[BytesOnStackMax] : new byte[lengthMax];
        var length = Encoding.UTF8.GetBytes(token, bytes);
        Span<byte> hash = stackalloc byte[Hash256.Size];
        SHA256.HashData(bytes[..length], hash);
        return new TokenHash(new Hash256(hash));
    }

    public override string ToString() => Value.ToString();
}

/// <summary>Whether a token is valid cannot be known now.</summary>
internal sealed class SessionsUnavailableException(Exception innerException) : Exception("Where sessions are kept cannot be reached.", innerException);
