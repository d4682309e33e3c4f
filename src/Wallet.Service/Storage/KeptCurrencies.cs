using Wallet.Ledger;

namespace Wallet.Service.Storage;

/// <summary>Holds the settings against the currencies that a ledger already keeps.</summary>
internal static class KeptCurrencies
{
    /// <summary>Checks that each kept currency is still configured, and counts the same unit.</summary>
    /// <exception cref="InvalidOperationException">It is not: every amount of that currency would be misread.</exception>
    public static void Check(IEnumerable<(string Code, int Decimals)> kept, CurrencyTable configured)
    {
        foreach (var (code, decimals) in kept)
        {
            if (configured.Find(code) is not { } currency)
                throw new InvalidOperationException($"The ledger keeps {code}, which is not configured. Set Wallet:Currencies:{code}:Decimals to {decimals}.");
            if (currency.Decimals != decimals)
            {
                throw new InvalidOperationException(
                    $"The ledger keeps {code} with {decimals} decimals, but {currency.Decimals} are configured. Set Wallet:Currencies:{code}:Decimals to {decimals}.");
            }
        }
    }
}
