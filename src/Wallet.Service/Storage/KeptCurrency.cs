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
        if (found is null)
            throw new StartupException($"The ledger keeps {code}, but it is not configured. Set Wallet:Currencies:{code}:Decimals to {decimals}, and its LargestTransfer.");
        if (found.Decimals != decimals)
        {
            throw new StartupException(
                $"The ledger keeps {code} with {decimals} decimals, but {found.Decimals} are configured. Set Wallet:Currencies:{code}:Decimals to {decimals}.");
        }
    }
}
