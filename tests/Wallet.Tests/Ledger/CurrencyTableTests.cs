using Wallet.Ledger;

namespace Wallet.Tests.Ledger;

public sealed class CurrencyTableTests
{
    [Fact]
    public void A_currency_is_found_by_its_code()
    {
        var table = new CurrencyTable([new Currency("USD", 2, 100), new Currency("SGD", 0, 999_999)]);

        Assert.Equal(new Currency("SGD", 0, 999_999), table.Find("SGD"));
    }

    [Theory]
    [InlineData("USD")]
    [InlineData("sgd")]
    [InlineData("SG")]
    [InlineData("")]
    public void A_code_that_is_not_kept_is_not_found(string code) => Assert.Null(new CurrencyTable([new Currency("SGD", 0, 1)]).Find(code));

    [Fact]
    public void All_are_listed_by_code()
    {
        var table = new CurrencyTable([new Currency("USD", 2, 1), new Currency("EUR", 2, 1), new Currency("SGD", 0, 1)]);

        Assert.Equal(["EUR", "SGD", "USD"], table.All.Select(c => c.Code));
    }

    [Fact]
    public void A_later_change_of_the_list_does_not_reach_the_table()
    {
        List<Currency> currencies = [new Currency("SGD", 0, 1)];
        var table = new CurrencyTable(currencies);
        currencies[0] = new Currency("USD", 2, 1);

        Assert.Equal(["SGD"], table.All.Select(c => c.Code));
        Assert.Null(table.Find("USD"));
    }

    [Theory]
    [InlineData("SGD", 0, 1)]
    [InlineData("XYZ", 8, long.MaxValue)]
    public void The_ends_of_each_range_are_accepted(string code, int decimals, long largestTransfer) =>
        Assert.NotNull(new CurrencyTable([new Currency(code, decimals, largestTransfer)]).Find(code));

    [Theory]
    [InlineData("", 0, 1, "The currency code '' is not three upper-case letters.")]
    [InlineData("SG", 0, 1, "The currency code 'SG' is not three upper-case letters.")]
    [InlineData("SGDX", 0, 1, "The currency code 'SGDX' is not three upper-case letters.")]
    [InlineData("sgd", 0, 1, "The currency code 'sgd' is not three upper-case letters.")]
    [InlineData("S1D", 0, 1, "The currency code 'S1D' is not three upper-case letters.")]
    [InlineData("ÅSD", 0, 1, "The currency code 'ÅSD' is not three upper-case letters.")]
    [InlineData("SGD", -1, 1, "The currency SGD has -1 decimals; 0 to 8 are possible.")]
    [InlineData("SGD", 9, 1, "The currency SGD has 9 decimals; 0 to 8 are possible.")]
    [InlineData("SGD", 0, 0, "The largest transfer of SGD is 0; it must be at least 1.")]
    [InlineData("SGD", 0, -1, "The largest transfer of SGD is -1; it must be at least 1.")]
    public void A_currency_that_cannot_be_throws_and_says_why(string code, int decimals, long largestTransfer, string reason)
    {
        var thrown = Assert.Throws<ArgumentException>(() => new CurrencyTable([new Currency(code, decimals, largestTransfer)]));

        Assert.StartsWith(reason, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_without_currencies_throws() => Assert.Throws<ArgumentException>("currencies", () => new CurrencyTable([]));

    [Fact]
    public void A_code_that_comes_twice_throws() =>
        Assert.ThrowsAny<ArgumentException>(() => new CurrencyTable([new Currency("SGD", 0, 1), new Currency("SGD", 2, 1)]));
}
