using Microsoft.Extensions.Primitives;
using Wallet.Service.Http;

namespace Wallet.Tests.Http;

public sealed class IdempotencyKeyTests
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("6f1c9a52-7a4e-4c55-9c0e-4a3c3f3d9c11", "6f1c9a52-7a4e-4c55-9c0e-4a3c3f3d9c11")]
    [InlineData("\"quoted\"", "quoted")]
    [InlineData(" spaces around \t", "spaces around")]
    [InlineData("\"a \\\"b\\\" \\\\ c\"", "a \"b\" \\ c")]
    [InlineData("\"a, b\"", "a, b")]
    [InlineData("back\\slash", "back\\slash")]
    public void A_key_is_read_bare_and_quoted(string header, string expected)
    {
        Assert.True(IdempotencyKey.TryParse(header, out var key));
        Assert.Equal(expected, key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("\"\"")]
    [InlineData("\"open")]
    [InlineData("\"closed\" and more")]
    [InlineData("\"a\", \"b\"")]
    [InlineData("a, b")]
    [InlineData("in\"side")]
    [InlineData("\"bad \\escape\"")]
    [InlineData("\"ends with \\")]
    [InlineData("tab\tinside")]
    [InlineData("schl\u00fcssel")]
    public void What_is_no_key_is_refused(string header) => Assert.False(IdempotencyKey.TryParse(header, out _));

    [Fact]
    public void A_key_has_1_to_255_characters()
    {
        Assert.True(IdempotencyKey.TryParse(new string('k', 255), out _));
        Assert.True(IdempotencyKey.TryParse($"\"{new string('k', 255)}\"", out _));
        Assert.False(IdempotencyKey.TryParse(new string('k', 256), out _));
    }

    [Fact]
    public void Two_headers_are_refused() => Assert.False(IdempotencyKey.TryParse(new StringValues(["a", "b"]), out _));
}
