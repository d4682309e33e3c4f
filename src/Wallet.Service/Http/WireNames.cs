using System.Text.Json;
using System.Text.Json.Serialization;

namespace Wallet.Service.Http;

/// <summary>Enum values as the API has them: in snake_case, never as numbers.</summary>
internal sealed class WireNames<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;
