using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Wallet.Service.Http;

/// <summary>The id of a request that changes something. Pure; safe to call from any thread.</summary>
internal static class RequestId
{
    private const int GuidSize = 16;
    private const int BytesOnStackMax = 512;

    /// <summary>
    /// The id that an idempotency key stands for: the same user and key give the same id. A name-based UUID of version 8 (RFC 9562,
    /// section 5.8): the first 16 bytes of SHA-256("WID1" | length of the user id, 4 bytes big-endian | user id | key), both in UTF-8,
    /// with the version and variant bits set.
    /// </summary>
    public static Guid FromKey(string userId, string key)
    {
        var userLength = Encoding.UTF8.GetByteCount(userId);
        var length = 4 + 4 + userLength + Encoding.UTF8.GetByteCount(key);
        var name = length <= BytesOnStackMax ? stackalloc byte[length] : new byte[length];
        "WID1"u8.CopyTo(name);
        BinaryPrimitives.WriteInt32BigEndian(name[4..], userLength);
        Encoding.UTF8.GetBytes(userId, name[8..]);
        Encoding.UTF8.GetBytes(key, name[(8 + userLength)..]);

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
        var lengthMax = LengthMaxOf(operation);
        foreach (var field in fields)
            lengthMax += LengthMaxOf(field);
        var bytes = lengthMax <= BytesOnStackMax ? stackalloc byte[BytesOnStackMax] : new byte[lengthMax];
        var length = Write(operation, bytes);
        foreach (var field in fields)
            length += Write(field, bytes[length..]);

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..length], digest);
        return new Guid(digest[..GuidSize], bigEndian: true);
    }

    private static int LengthMaxOf(string? field) => sizeof(int) + Encoding.UTF8.GetMaxByteCount(field?.Length ?? 0);

    private static int Write(string? field, Span<byte> bytes)
    {
        var length = field is null ? -1 : Encoding.UTF8.GetBytes(field, bytes[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return sizeof(int) + Math.Max(length, 0);
    }
}
