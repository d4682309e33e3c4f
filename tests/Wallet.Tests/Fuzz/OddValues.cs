using System.Text;

namespace Wallet.Tests.Fuzz;

/// <summary>Values at the borders of what programs expect, and beyond.</summary>
internal static class OddValues
{
    public static readonly string[] Numbers =
    [
        "0", "-0", "-1", "1", "1.0", "0.1", "1e2", "1E400", "-1e400", "1e-400", "-0.0", "100e-2", "999999", "1000000", "2147483647", "2147483648", "-2147483649", "9007199254740993",
        "9223372036854775806", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "340282366920938463463374607431768211456",
        "01", "-01", "+1", ".5", "1.", "1e", "-", "--1", "0x10", "1_000", "1,000", "NaN", "Infinity", "-Infinity", new('9', 1_000), $"0.{new string('0', 1_000)}1", $"1{new string('0', 5_000)}",
    ];

    public static readonly string[] Literals =
    [
        "null", "true", "false", "[]", "{}", "[null]", "[[]]", "[1]", "{\"a\":1}", "{\"\":{}}", "\"\"", "\" \"", "undefined", "None", "TRUE", "'a'", "\"", "\"\\", "\"\\u12\"", "\"\\x41\"", "//", "/**/1", "",
    ];

    /// <summary>As they stand in JSON, quotes and escapes included.</summary>
    public static readonly string[] Strings =
    [
        "\"\\ud800\"", "\"\\udc00\"", "\"\\udc00\\ud800\"", "\"\\ud83d\\ude00\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\u001f\"", "\"\\u007f\"", "\"\\u0085\"", "\"\\u2028\"", "\"\\ufeff\"", "\"\\uffff\"", "\"\\ufdd0\"",
        "\"\\u202egnp\"", "\"\\u2066a\\u2069\"", "\"\\u200b\"", "\"a\\u200db\"", "\"e\\u0301\"", "\"\\u1e9e\"", "\"\\u0130\"", "\"\\u212a\"", "\"😀😀\"", "\"🏳️‍🌈\"", "\"ﷺ\"", "\"\\ud83d\"", "\"\\n\\r\\t\"", "\"\\/\"", "\"\\b\\f\"",
        "\"@world\"", "\"@\"", "\" a\"", "\"a \"", "\"A\"", "\"1\"", "\"-1\"", "\"1e3\"", "\"null\"", "\"true\"", "\"sgd\"", "\"SGD \"", "\"SGDX\"", "\"ＳＧＤ\"", "\"XXX\"", "\"../../..\"", "\"%00\"", "\"%2e\"",
        "\"' OR '1'='1\"", "\"'; DROP TABLE accounts; --\"", "\"{{7*7}}\"", "\"${jndi:ldap://a}\"", "\"<script>alert(1)</script>\"", "\"\\u003cb\\u003e\"", "\"\\r\\nSet-Cookie: a=b\"", "\"$(id)\"", "\"*\"", "\"%s%n%x\"",
        "\"00000000-0000-0000-0000-000000000000\"", "\"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF\"", "\"{00000000-0000-0000-0000-000000000000}\"", "\"0001-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.9999999Z\"",
        "\"9999-12-31T23:59:59-14:00\"", "\"0001-01-01T00:00:00+14:00\"", "\"2030-02-30T00:00:00Z\"", "\"2030-01-01T24:00:00Z\"", "\"2030-01-01T00:00:60Z\"", "\"2030-01-01\"", "\"2030-01-01T00:00:00\"", "\"1893456000\"",
        $"\"{new string('a', 64)}\"", $"\"{new string('a', 65)}\"", $"\"{new string('ä', 128)}\"", $"\"{new string('ä', 129)}\"", $"\"{new string('ä', 280)}\"", $"\"{new string('a', 281)}\"",
        $"\"{string.Concat(Enumerable.Repeat("😀", 140))}\"", $"\"{string.Concat(Enumerable.Repeat("😀", 141))}\"", $"\"a{new string('\u0301', 200)}\"", $"\"{new string('a', 10_000)}\"", $"\"{string.Concat(Enumerable.Repeat("\\u0000", 300))}\"",
    ];

    /// <summary>Strings in JSON that are not UTF-8, or only nearly.</summary>
    public static readonly byte[][] RawStrings =
    [
        Quoted(0xED, 0xA0, 0x80), // half a surrogate pair
        Quoted(0xC0, 0x80), // NUL, longer than it need be
        Quoted(0xC0, 0xAF), // a slash, longer than it need be
        Quoted(0xE0, 0x80, 0xAF),
        Quoted(0xF4, 0x90, 0x80, 0x80), // beyond Unicode
        Quoted(0xF8, 0x88, 0x80, 0x80, 0x80),
        Quoted(0x80), Quoted(0xFE, 0xFF), Quoted(0xC3), Quoted(0xE2, 0x82), Quoted(0x00), Quoted(0x1F), Quoted(0x7F), Quoted(0xEF, 0xBB, 0xBF),
        Quoted(0x0A), Quoted(0xE2, 0x80, 0xAE),
    ];

    /// <summary>Names of members that the document does not have.</summary>
    public static readonly string[] Names =
    [
        "\"\"", "\" \"", "\"__proto__\"", "\"constructor\"", "\"$type\"", "\"$id\"", "\"$ref\"", "\"$values\"", "\"id\"", "\"status\"", "\"balance\"", "\"payer\"", "\"user_id\"", "\"created_at\"", "\"kind\"", "\"a.b\"", "\"a/b~c\"", "\"['x']\"", "\"[0]\"",
        "\"\\u0000\"", "\"\\ud800\"", "\"amount \"", "\"ａmount\"", "\"😀\"", $"\"{new string('n', 2_000)}\"", "amount", "'amount'", "1", "null",
    ];

    /// <summary>Parts of an address as they are sent.</summary>
    public static readonly string[] AddressParts =
    [
        "0", "-1", "00", "01", "+1", "1.0", "1e3", "9223372036854775807", "9223372036854775808", "99999999999999999999999", "%31", "%2F", "%2f..%2f", "%2E%2E", "%252F", "%25", "%5C", "a%20b", "%E2%80%AE", "%F0%9F%98%80",
        "a;b=c", "a,b", "a:b", "@me", "~", "*", "(1)", "'", "null", "undefined", "NaN", "true", "%7B%7D", "%22", "%3Cscript%3E", "%0D%0ASet-Cookie:%20a=b", "%ED%A0%80", "00000000-0000-0000-0000-000000000000",
        "{00000000-0000-0000-0000-000000000000}", "00000000000000000000000000000000", "0x10", "１", new('9', 300), new('a', 4_000),
    ];

    /// <summary>Addresses that a web server may not take for one.</summary>
    public static readonly string[] BrokenAddressParts = ["%00", "%C0%AF", "%", "%zz", "%u0041", "\u00e4", "\u0001", "\\", "|", "\"", "<>", "^", "`", "a%", "%FF"];

    private static byte[] Quoted(params byte[] bytes) => [(byte)'"', .. bytes, (byte)'"'];

    /// <summary>Text as a header has it, a character for each byte of its UTF-8.</summary>
    public static string InUtf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
