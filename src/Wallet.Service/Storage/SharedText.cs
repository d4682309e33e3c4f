using Wallet.Ledger;

namespace Wallet.Service.Storage;

/// <summary>One object for the texts that nearly every account has, of which many thousands are kept in memory. Safe to use from any thread.</summary>
internal static class SharedText
{
    /// <summary>The same text; of a currency's code and of the default name there is one object.</summary>
    public static string Of(string text) => text switch
    {
        AccountOpening.DefaultName => AccountOpening.DefaultName,
        [>= 'A' and <= 'Z', >= 'A' and <= 'Z', >= 'A' and <= 'Z'] => string.Intern(text),
        _ => text,
    };
}
