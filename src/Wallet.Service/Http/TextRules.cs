using System.Globalization;
using System.Text;
using Wallet.Ledger;

namespace Wallet.Service.Http;

/// <summary>Which texts may enter the ledger. Pure.</summary>
internal static class TextRules
{
    // Several scripts, and emoji, are not written right without them.
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    /// <summary>A user id: 1 to <see cref="Limits.UserIdLengthMax"/> characters, none that hides or turns others around, no white space at its ends, and no <c>@</c> in front, which marks system accounts.</summary>
    public static bool IsUserId(string text) => text.Length <= Limits.UserIdLengthMax && IsName(text) && text[0] != '@';

    /// <summary>An account's name: 1 to <see cref="Limits.AccountNameLengthMax"/> characters, none that hides or turns others around, no white space at its ends.</summary>
    public static bool IsAccountName(string text) => text.Length <= Limits.AccountNameLengthMax && IsName(text);

    /// <summary>A message: up to <see cref="Limits.MessageLengthMax"/> characters, no control characters but line ends and tabs.</summary>
    public static bool IsMessage(string text) =>
        text.Length <= Limits.MessageLengthMax && IsWellFormed(text) && !text.Any(static c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'));

    /// <summary>A currency's code: three capital letters.</summary>
    public static bool IsCurrencyCode(string text) => text.Length == 3 && text.All(char.IsAsciiLetterUpper);

    private static bool IsName(string text) =>
        text.Length > 0 && IsWellFormed(text) && !text.EnumerateRunes().Any(IsInvisible) && !char.IsWhiteSpace(text[0]) && !char.IsWhiteSpace(text[^1]);

    /// <summary>What shows nothing of its own and may make one name look like another: controls, line separators, and formatting such as a change of the writing direction.</summary>
    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.Format => rune.Value is not (ZeroWidthNonJoiner or ZeroWidthJoiner),
        _ => false,
    };

    /// <summary>Half a surrogate pair has no UTF-8 form, so no database could give it back.</summary>
    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return false;
        }

        return true;
    }
}
