using System.Collections.Frozen;

namespace Wallet.Ledger;

/// <summary>A currency that the wallet keeps. Amounts are integers in its unit: 10 to the power of minus <paramref name="Decimals"/>.</summary>
/// <param name="Code">Three upper-case letters, as in ISO 4217.</param>
/// <param name="Decimals">How many decimals the unit has: 0 counts whole dollars, 2 counts cents. 0 to 8.</param>
/// <param name="LargestTransfer">The largest amount of one transfer between users, in the unit. At least 1. Deposits are not bound by it.</param>
public sealed record Currency(string Code, int Decimals, long LargestTransfer);

/// <summary>The currencies that the wallet keeps. Immutable and safe to share between threads.</summary>
public sealed class CurrencyTable
{
    private readonly FrozenDictionary<string, Currency> _byCode;

    /// <summary>Makes the table.</summary>
    /// <param name="currencies">At least one.</param>
    /// <param name="defaultCode">The code of the default currency; the first by code where it is null.</param>
    /// <exception cref="ArgumentException">There is no currency, a code is not three upper-case letters or comes twice, a number is out of its range, or the default is none of them.</exception>
    public CurrencyTable(IEnumerable<Currency> currencies, string? defaultCode = null)
    {
        var all = currencies.OrderBy(c => c.Code, StringComparer.Ordinal).ToArray();
        if (all.Length == 0)
            throw new ArgumentException("A wallet needs at least one currency.", nameof(currencies));
        foreach (var currency in all)
        {
            if (currency.Code.Length != 3 || !currency.Code.All(char.IsAsciiLetterUpper))
                throw new ArgumentException($"The currency code '{currency.Code}' is not three upper-case letters.", nameof(currencies));
            if (currency.Decimals is < 0 or > 8)
                throw new ArgumentException($"The currency {currency.Code} has {currency.Decimals} decimals; 0 to 8 are possible.", nameof(currencies));
            if (currency.LargestTransfer < 1)
                throw new ArgumentException($"The largest transfer of {currency.Code} is {currency.LargestTransfer}; it must be at least 1.", nameof(currencies));
        }

        _byCode = all.ToFrozenDictionary(c => c.Code, StringComparer.Ordinal);
        All = all;
        Default = Find(defaultCode ?? all[0].Code)
            ?? throw new ArgumentException($"The default currency {defaultCode} is not one of the currencies.", nameof(defaultCode));
    }

    /// <summary>Every currency, by code.</summary>
    public IReadOnlyList<Currency> All { get; }

    /// <summary>The currency that is meant where nobody names one and no account tells.</summary>
    public Currency Default { get; }

    /// <summary>The currency of an account, which the wallet keeps.</summary>
    /// <exception cref="KeyNotFoundException">It does not.</exception>
    public Currency Get(string code) => _byCode[code];

    /// <summary>The currency of that code, or null where the wallet does not keep it.</summary>
    public Currency? Find(string code) => _byCode.GetValueOrDefault(code);
}
