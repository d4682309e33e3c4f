using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Wallet.Service.Http;

/// <summary>
/// The <c>Idempotency-Key</c> header (IETF draft-ietf-httpapi-idempotency-key-header): a structured-field string (RFC 8941), or the same
/// without its quotes. 1 to <see cref="LengthMax"/> printable ASCII characters.
/// </summary>
internal static class IdempotencyKey
{
    public const string HeaderName = "Idempotency-Key";
    public const string ReplayedHeaderName = "Idempotent-Replayed";
    public const int LengthMax = 255;

    /// <summary>Reads the key of a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="key">The key without quotes; null where there is none and none is required.</param>
    /// <param name="problem">Why there is no usable key.</param>
    public static bool TryRead(HttpContext context, out string? key, [NotNullWhen(false)] out ProblemResult? problem)
    {
        key = null;
        problem = null;
        var header = context.Request.Headers[HeaderName];
        if (header.Count == 0)
        {
            if (!context.RequestServices.GetRequiredService<IOptions<WalletOptions>>().Value.RequireIdempotencyKey)
                return true;
            problem = new ProblemResult(ProblemCatalog.IdempotencyKeyRequired);
            return false;
        }

        if (TryParse(header, out key))
            return true;
        problem = new ProblemResult(ProblemCatalog.InvalidIdempotencyKey);
        return false;
    }

    public static bool TryParse(StringValues header, [NotNullWhen(true)] out string? key)
    {
        key = header.Count == 1 ? Unquote(header[0]!.Trim(' ', '\t')) : null;
        if (key is { Length: >= 1 and <= LengthMax } && !key.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return true;
        key = null;
        return false;
    }

    private static string? Unquote(string value)
    {
        // A comma outside quotes is how a proxy may have joined two headers into one.
        if (!value.StartsWith('"'))
            return value.AsSpan().ContainsAny('"', ',') ? null : value;

        var key = new StringBuilder(value.Length);
        for (var i = 1; i < value.Length; i++)
        {
            switch (value[i])
            {
                case '"':
                    return i == value.Length - 1 ? key.ToString() : null;
                case '\\' when i + 1 < value.Length && value[i + 1] is '"' or '\\':
                    key.Append(value[++i]);
                    break;
                case '\\':
                    return null;
                default:
                    key.Append(value[i]);
                    break;
            }
        }

        return null;
    }
}
