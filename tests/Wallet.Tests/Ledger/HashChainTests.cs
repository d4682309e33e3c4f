using System.Globalization;
using Wallet.Ledger;

namespace Wallet.Tests.Ledger;

/// <summary>
/// The encoding is a promise to whoever holds an old statement, so the expected values here were not computed by this code. Each comes
/// from Python's hashlib over the bytes that the documentation of <see cref="HashChain"/> prescribes:
/// <code>
/// opening = sha256(b"WAO1" + pack(">qq", account_id, micros) + currency.encode() + user_id.encode())
/// entry   = sha256(b"WAE1" + before + pack(">qq", account_id, seq) + UUID(transfer_id).bytes + bytes([kind])
///                  + pack(">qqqq", amount, balance_after, counterparty_id, micros) + message_digest)
/// digest  = sha256(message.encode()), or bytes(32) for None
/// </code>
/// </summary>
public sealed class HashChainTests
{
    private const string ZeroTo31 = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    private static readonly Entry Sample = new()
    {
        AccountId = 1000,
        Seq = 7,
        TransferId = Guid.Parse("01234567-89ab-cdef-0123-456789abcdef"),
        Kind = TransferKind.Transfer,
        Amount = -250,
        BalanceAfter = 750,
        CounterpartyId = 1001,
        Message = null,
        CreatedAt = Utc("2026-01-02T03:04:05.678901Z"),
        Hash = default,
    };

    private static readonly Dictionary<string, Func<Entry, Entry>> Changes = new()
    {
        ["account"] = e => e with { AccountId = 1002 },
        ["seq"] = e => e with { Seq = 8 },
        ["first byte of the transfer id"] = e => e with { TransferId = Guid.Parse("81234567-89ab-cdef-0123-456789abcdef") },
        ["last byte of the transfer id"] = e => e with { TransferId = Guid.Parse("01234567-89ab-cdef-0123-456789abcdee") },
        ["kind"] = e => e with { Kind = TransferKind.Deposit },
        ["amount"] = e => e with { Amount = 250 },
        ["balance"] = e => e with { BalanceAfter = 751 },
        ["counterparty"] = e => e with { CounterpartyId = 1000 },
        ["time by a microsecond"] = e => e with { CreatedAt = e.CreatedAt.AddMicroseconds(1) },
    };

    public static TheoryData<string> ChangeNames => [.. Changes.Keys];

    private static DateTime Utc(string text) => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);

    private static Hash256 Hash(string hex) => new(Convert.FromHexString(hex));

    [Theory]
    [InlineData(1000, "zoë-王", "SGD", "2026-01-02T03:04:05.678901Z", "71b143a939059b70d5b8831c50a735b7d1d9e60aac324295ab8ce9f2dd25da12")]
    [InlineData(1, "@world", "USD", "1970-01-01T00:00:00Z", "422664b6445a2976b3483ebd0ae90b2eda0d86a75aff2db3006023620628dac6")]
    [InlineData(long.MaxValue, "a", "JPY", "1969-12-31T23:59:59.999999Z", "d820cddbcaf42e052bf5ff88b571d0ab92a6955f742208090d7c5d247f67e2c2")]
    public void An_opening_is_encoded_as_documented(long accountId, string userId, string currency, string createdAt, string expected) =>
        Assert.Equal(Hash(expected), HashChain.Opening(accountId, userId, currency, Utc(createdAt)));

    [Theory]
    [InlineData("lunch", "f3bb79e48a7a8af1d028f6acb7fa34b0c7f75da596fc205907d2a708fe28ebef")]
    [InlineData("naïve café 🍜", "80b1b7c4ef3b00bd72d8563d78ad570bdb3f9bd2c3c4c3f9151edeca1c48c87f")]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(null, "0000000000000000000000000000000000000000000000000000000000000000")]
    public void A_message_is_digested_as_documented(string? message, string expected) =>
        Assert.Equal(Hash(expected), HashChain.MessageDigest(message));

    [Theory]
    [InlineData("naïve café 🍜", "1e3d00a0cb36d35b39f4f5ea55b7bc59c7d1bae50def8e69f03ad5fe2b30f769")]
    [InlineData(null, "e4500381b896b370f462f3945de7b572f8fcacf78dd7f9088ebf0a540dd454a8")]
    public void An_entry_is_encoded_as_documented(string? message, string expected) =>
        Assert.Equal(Hash(expected), HashChain.Link(Hash(ZeroTo31), Sample, HashChain.MessageDigest(message)));

    [Fact]
    public void An_entry_at_the_ends_of_the_ranges_is_encoded_as_documented()
    {
        var entry = Sample with
        {
            AccountId = 1,
            Seq = 1,
            Kind = TransferKind.Deposit,
            Amount = long.MinValue,
            BalanceAfter = long.MinValue,
            CounterpartyId = 1000,
            CreatedAt = DateTime.UnixEpoch,
        };

        Assert.Equal(
            Hash("fda2b2cdee8f3c0a5f0a4271e7a7f7dab3a96fda5e0fe633f1cd79149bd1a44e"),
            HashChain.Link(default, entry, HashChain.MessageDigest("")));
    }

    [Theory]
    [InlineData(1001, "alice", "SGD", "2026-01-02T12:00:00Z")]
    [InlineData(1000, "alicf", "SGD", "2026-01-02T12:00:00Z")]
    [InlineData(1000, "alice", "USD", "2026-01-02T12:00:00Z")]
    [InlineData(1000, "alice", "SGD", "2026-01-02T12:00:00.000001Z")]
    public void Every_field_of_an_opening_changes_its_hash(long accountId, string userId, string currency, string createdAt) =>
        Assert.NotEqual(
            HashChain.Opening(1000, "alice", "SGD", Utc("2026-01-02T12:00:00Z")),
            HashChain.Opening(accountId, userId, currency, Utc(createdAt)));

    [Theory]
    [MemberData(nameof(ChangeNames))]
    public void Every_field_of_an_entry_changes_its_hash(string name) =>
        Assert.NotEqual(HashChain.Link(default, Sample, default), HashChain.Link(default, Changes[name](Sample), default));

    [Fact]
    public void The_hash_before_and_the_message_change_the_hash_of_an_entry()
    {
        var hash = HashChain.Link(default, Sample, default);

        Assert.NotEqual(hash, HashChain.Link(Hash(ZeroTo31), Sample, default));
        Assert.NotEqual(hash, HashChain.Link(default, Sample, Hash(ZeroTo31)));
    }

    [Fact]
    public void The_hash_that_an_entry_carries_is_not_read() =>
        Assert.Equal(HashChain.Link(default, Sample, default), HashChain.Link(default, Sample with { Hash = Hash(ZeroTo31) }, default));
}
