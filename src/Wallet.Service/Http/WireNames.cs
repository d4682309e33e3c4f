using System.Text.Json;
using System.Text.Json.Serialization;
using Wallet.Ledger;

namespace Wallet.Service;

/// <summary>Enum values as the API has them: in snake_case, never as numbers.</summary>
internal sealed class WireNames<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;

internal static class CurrencyTableExtensions
{
    /// <summary>The currency's decimals. One that was configured when the account was opened and is no more has none that are known: 0.</summary>
    public static int DecimalsOf(this CurrencyTable currencies, string code) => currencies.Find(code)?.Decimals ?? 0;
}
