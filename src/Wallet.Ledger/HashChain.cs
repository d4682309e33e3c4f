using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Wallet.Ledger;

/// <summary>
/// The chain that makes a rewritten history show. Each entry's hash covers the hash of the entry before it on the same account, so
/// whoever holds a later hash can check every earlier entry, offline. Version 1 of the canonical encoding; every integer is
/// big-endian, every time is microseconds since 1970-01-01T00:00:00Z as a signed 64-bit integer, every text is UTF-8:
/// <code>
/// opening = SHA-256( "WAO1" | account id: 8 | opened at: 8 | currency: 3 | user id: rest )
/// entry   = SHA-256( "WAE1" | hash before: 32 | account id: 8 | seq: 8 | transfer id: 16, in RFC 9562 order | kind: 1
///                  | amount: 8 | balance after: 8 | counterparty account id: 8 | created at: 8 | message digest: 32 )
/// message digest = SHA-256( message ), or 32 zero bytes where there is no message
/// </code>
/// SHA-256 is FIPS 180-4. All members are pure and safe to call from any thread.
/// </summary>
public static class HashChain
{
    private const int EntryLength = 4 + Hash256.Size + 8 + 8 + 16 + 1 + 8 + 8 + 8 + 8 + Hash256.Size;

    /// <summary>The hash that an account's first entry follows. It binds the chain to the account and its owner.</summary>
    public static Hash256 Opening(long accountId, string userId, string currency, DateTime createdAt)
    {
        var bytes = new byte[4 + 8 + 8 + 3 + Encoding.UTF8.GetByteCount(userId)];
        "WAO1"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(4), accountId);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(12), LedgerTime.ToMicroseconds(createdAt));
        Encoding.UTF8.GetBytes(currency, bytes.AsSpan(20, 3));
        Encoding.UTF8.GetBytes(userId, bytes.AsSpan(23));
        return Sha256(bytes);
    }

    /// <summary>The digest of a transfer's message, which both of its entries carry.</summary>
    public static Hash256 MessageDigest(string? message) => message is null ? default : Sha256(Encoding.UTF8.GetBytes(message));

    /// <summary>The hash of an entry that follows <paramref name="before"/>. <see cref="Entry.Hash"/> is not read.</summary>
    public static Hash256 Link(in Hash256 before, Entry entry, in Hash256 messageDigest)
    {
        Span<byte> bytes = stackalloc byte[EntryLength];
        "WAE1"u8.CopyTo(bytes);
        before.CopyTo(bytes[4..]);
        BinaryPrimitives.WriteInt64BigEndian(bytes[36..], entry.AccountId);
        BinaryPrimitives.WriteInt64BigEndian(bytes[44..], entry.Seq);
        entry.TransferId.TryWriteBytes(bytes[52..], bigEndian: true, out _);
        bytes[68] = (byte)entry.Kind;
        BinaryPrimitives.WriteInt64BigEndian(bytes[69..], entry.Amount);
        BinaryPrimitives.WriteInt64BigEndian(bytes[77..], entry.BalanceAfter);
        BinaryPrimitives.WriteInt64BigEndian(bytes[85..], entry.CounterpartyId);
        BinaryPrimitives.WriteInt64BigEndian(bytes[93..], LedgerTime.ToMicroseconds(entry.CreatedAt));
        messageDigest.CopyTo(bytes[101..]);
        return Sha256(bytes);
    }

    private static Hash256 Sha256(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[Hash256.Size];
        SHA256.HashData(bytes, hash);
        return new Hash256(hash);
    }
}
