using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Microsoft.AspNetCore.WebUtilities;
using Wallet.Service.Storage;

namespace Wallet.Service.Http;

/// <summary>
/// The opaque mark between two pages: base64url of a version, the account, where to go on and a digest of the filters, so that a cursor
/// is refused where it would skip or repeat something. It is no secret and grants nothing: who may read the account is checked each time.
/// </summary>
internal static class PageCursor
{
    /// <summary>Its name in a query.</summary>
    public const string ParameterName = "cursor";

    private const byte Version = 1;
    private const int DigestSize = 8;
    private const int Size = 1 + 8 + 8 + DigestSize;

    public static string Write(EntryQuery query, long beforeSeq)
    {
        Span<byte> bytes = stackalloc byte[Size];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], query.AccountId);
        BinaryPrimitives.WriteInt64BigEndian(bytes[9..], beforeSeq);
        Digest(query, bytes[17..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Where to go on, or null where the cursor was not made for this query.</summary>
    public static long? Read(string cursor, EntryQuery query)
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (cursor.Length != Base64Url.GetEncodedLength(Size)
            || Base64Url.DecodeFromChars(cursor, bytes, out _, out var length) != OperationStatus.Done || length != Size)
        {
            return null;
        }

        Span<byte> digest = stackalloc byte[DigestSize];
        Digest(query, digest);
        var beforeSeq = BinaryPrimitives.ReadInt64BigEndian(bytes[9..]);
        return bytes[0] == Version && BinaryPrimitives.ReadInt64BigEndian(bytes[1..]) == query.AccountId && beforeSeq > 0 && bytes[17..].SequenceEqual(digest)
            ? beforeSeq
            : null;
    }

    /// <summary>The address of the next page: this request's, with another cursor. Relative to the host, which a proxy may have changed.</summary>
    public static string Link(HttpRequest request, string cursor) =>
        QueryHelpers.AddQueryString(
            request.PathBase + request.Path,
            request.Query.Where(static p => p.Key != ParameterName).Append(new(ParameterName, cursor)));

    private static void Digest(EntryQuery query, Span<byte> destination) =>
        RequestId.Fingerprint("page", query.Direction?.ToString(), $"{query.From:O}", $"{query.To:O}").ToByteArray().AsSpan(0, DigestSize).CopyTo(destination);
}
