using Wallet.Ledger;

namespace Wallet.Service.Storage;

/// <summary>Holds the settings against a currency that a ledger already keeps.</summary>
internal static class KeptCurrency
{
    /// <summary>Checks that the currency is still configured, and counts the same unit.</summary>
    /// <exception cref="StartupException">It does not: every amount of it would be misread.</exception>
    public static void Check(string code, int decimals, CurrencyTable configured)
    {
        var found = configured.Find(code);
        if (found?.Decimals == decimals)
            return;
        throw new StartupException(
            $"The ledger keeps {code} with {decimals} decimals, but {(found is null ? "it is not configured" : $"{found.Decimals} are configured")}. Set Wallet:Currencies:{code}:Decimals to {decimals}.");
    }
}
