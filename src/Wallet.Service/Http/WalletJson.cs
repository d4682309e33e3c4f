using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Wallet.Ledger;
using Wallet.Service.Accounts;
using Wallet.Service.Audit;
using Wallet.Service.Transfers;

namespace Wallet.Service.Http;

/// <summary>
/// How JSON is read and written: snake_case, and strict where it is read. A number in quotes, a property that is unknown or comes twice
/// is refused, because a payment that is half understood is worse than none.
/// </summary>
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(TransferRequest))]
[JsonSerializable(typeof(TransferResponse))]
[JsonSerializable(typeof(OpenAccountRequest))]
[JsonSerializable(typeof(AccountResponse))]
[JsonSerializable(typeof(AccountList))]
[JsonSerializable(typeof(TransactionPage))]
[JsonSerializable(typeof(AuditResponse))]
internal sealed partial class WalletJson : JsonSerializerContext
{
    private const int DepthMax = 8;

    /// <summary>Sets the options that the endpoints read and write with.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.PropertyNameCaseInsensitive = false;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.MaxDepth = DepthMax;
        options.TypeInfoResolverChain.Insert(0, Default);
    }
}

/// <summary>A hash as 64 lower-case hexadecimal digits. Only written.</summary>
internal sealed class HashConverter : JsonConverter<Hash256>
{
    public override Hash256 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, Hash256 value, JsonSerializerOptions options)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Size];
        value.CopyTo(bytes);
        Span<byte> digits = stackalloc byte[2 * Hash256.Size];
        Convert.TryToHexStringLower(bytes, digits, out _);
        writer.WriteStringValue(digits);
    }
}

/// <summary>
/// An integer as JSON has it: no quotes, fraction or exponent. One that is too large for 64 bits is still an integer; it becomes the
/// largest one, so that whoever checks the range refuses it like any other.
/// </summary>
internal sealed class IntegerConverter : JsonConverter<long?>
{
    private static readonly SearchValues<byte> IntegerCharacters = SearchValues.Create("-0123456789"u8);

    public override long? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
            throw new JsonException();
        if (reader.TryGetInt64(out var value))
            return value;

        ReadOnlySpan<byte> digits = reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan;
        if (digits.ContainsAnyExcept(IntegerCharacters))
            throw new JsonException();
        return digits[0] == (byte)'-' ? long.MinValue : long.MaxValue;
    }

    public override void Write(Utf8JsonWriter writer, long? value, JsonSerializerOptions options)
    {
        if (value is { } number)
            writer.WriteNumberValue(number);
        else
            writer.WriteNullValue();
    }
}
