using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Wallet.Service.Http;

/// <summary>The id of a request that changes something. Pure; safe to call from any thread.</summary>
internal static class RequestId
{
    private const int GuidSize = 16;

    /// <summary>
    /// The id that an idempotency key stands for: the same user and key give the same id. A name-based UUID of version 8 (RFC 9562,
    /// section 5.8): the first 16 bytes of SHA-256("WID1" | length of the user id, 4 bytes big-endian | user id | key), both in UTF-8,
    /// with the version and variant bits set.
    /// </summary>
    public static Guid FromKey(string userId, string key)
    {
        var userLength = Encoding.UTF8.GetByteCount(userId);
        var name = new byte[4 + 4 + userLength + Encoding.UTF8.GetByteCount(key)];
        "WID1"u8.CopyTo(name);
        BinaryPrimitives.WriteInt32BigEndian(name.AsSpan(4), userLength);
        Encoding.UTF8.GetBytes(userId, name.AsSpan(8));
        Encoding.UTF8.GetBytes(key, name.AsSpan(8 + userLength));

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(name, hash);
        hash[6] = (byte)(0x80 | (hash[6] & 0x0F));
        hash[8] = (byte)(0x80 | (hash[8] & 0x3F));
        return new Guid(hash[..GuidSize], bigEndian: true);
    }

    /// <summary>
    /// A digest of what was asked for, by which the same key with another request is noticed. Over the fields' values rather than the
    /// body's bytes, so that white space does not matter; each with its length, so that no two requests look alike.
    /// </summary>
    /// <param name="operation">What is asked, such as <c>transfer</c>.</param>
    /// <param name="fields">The fields in a fixed order; null where one was not given.</param>
    public static Guid Fingerprint(string operation, params ReadOnlySpan<string?> fields)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, operation);
        foreach (var field in fields)
            Append(hash, field);

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return new Guid(digest[..GuidSize], bigEndian: true);
    }

    private static void Append(IncrementalHash hash, string? field)
    {
        Span<byte> length = stackalloc byte[4];
        var bytes = field is null ? [] : Encoding.UTF8.GetBytes(field);
        BinaryPrimitives.WriteInt32BigEndian(length, field is null ? -1 : bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
