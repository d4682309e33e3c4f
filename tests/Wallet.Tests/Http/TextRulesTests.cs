using Wallet.Service.Http;

namespace Wallet.Tests.Http;

public sealed class TextRulesTests
{
    [Theory]
    [InlineData("yunus", true)]
    [InlineData("a", true)]
    [InlineData("jane@example.com", true)]
    [InlineData("O'Brien \u5f20\u4f1f", true)]
    [InlineData("\ud83d\udc69\u200d\ud83d\udcbb", true)] // an emoji of two with a joiner
    [InlineData("", false)]
    [InlineData(" a", false)]
    [InlineData("a\u00a0", false)]
    [InlineData("@world", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\u0000b", false)]
    [InlineData("a\u007fb", false)]
    [InlineData("a\u202eb", false)] // turns what follows around
    [InlineData("a\u2066b", false)]
    [InlineData("a\u200bb", false)] // a space without width
    [InlineData("a\u2028b", false)]
    [InlineData("a\udb40\udc41b", false)] // a letter that only marks a language
    public void A_user_id_shows_all_that_it_is(string text, bool isUserId) => Assert.Equal(isUserId, TextRules.IsUserId(text));

    [Fact]
    public void Texts_have_a_length()
    {
        Assert.True(TextRules.IsUserId(new string('u', 128)));
        Assert.False(TextRules.IsUserId(new string('u', 129)));
        Assert.True(TextRules.IsAccountName(new string('n', 64)));
        Assert.False(TextRules.IsAccountName(new string('n', 65)));
        Assert.True(TextRules.IsMessage(new string('m', 280)));
        Assert.False(TextRules.IsMessage(new string('m', 281)));
    }

    [Fact]
    public void Half_a_surrogate_pair_is_no_text()
    {
        foreach (var text in new[] { "\ud83d", "a\ud83db", "\udc69\ud83d" })
        {
            Assert.False(TextRules.IsUserId(text));
            Assert.False(TextRules.IsAccountName(text));
            Assert.False(TextRules.IsMessage(text));
        }
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("two\r\nlines\tand a tab", true)]
    [InlineData("bell \u0007", false)]
    public void A_message_may_have_lines(string text, bool isMessage) => Assert.Equal(isMessage, TextRules.IsMessage(text));

    [Theory]
    [InlineData("SGD", true)]
    [InlineData("sgd", false)]
    [InlineData("SG", false)]
    [InlineData("SGDX", false)]
    [InlineData("S1D", false)]
    public void A_currency_code_is_three_capital_letters(string text, bool isCode) => Assert.Equal(isCode, TextRules.IsCurrencyCode(text));
}
