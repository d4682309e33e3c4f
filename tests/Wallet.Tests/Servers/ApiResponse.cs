using System.Net.Http.Headers;
using System.Text.Json;

namespace Wallet.Tests.Servers;

/// <summary>An answer of the API, read to its end.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Headers">The headers but those of the content.</param>
/// <param name="MediaType">The content's type without parameters; null where there is no content.</param>
/// <param name="Text">The content.</param>
public sealed record ApiResponse(int Status, HttpResponseHeaders Headers, string? MediaType, string Text)
{
    /// <summary>The content as JSON.</summary>
    public JsonElement Body { get; } =
        MediaType?.EndsWith("json", StringComparison.Ordinal) == true ? JsonSerializer.Deserialize<JsonElement>(Text) : default;

    public static async Task<ApiResponse> ReadAsync(HttpResponseMessage response) =>
        new((int)response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync());

    /// <summary>The single value of a header; null where it is absent.</summary>
    public string? Header(string name) => Headers.TryGetValues(name, out var values) ? values.Single() : null;

    /// <summary>Checks that it is a success.</summary>
    public void AssertStatus(int status) => Assert.True(Status == status, $"Expected {status}, got {Status}: {Text}");

    /// <summary>Checks that it is a problem of that kind, with all that a problem must have.</summary>
    public void AssertProblem(int status, string code)
    {
        Assert.Equal((status, code), (Status, MediaType == "application/problem+json" ? Body.GetProperty("code").GetString() : Text));
        Assert.Equal(status, Body.GetProperty("status").GetInt32());
        Assert.EndsWith($"/problems/{code}", Body.GetProperty("type").GetString());
        Assert.False(string.IsNullOrWhiteSpace(Body.GetProperty("title").GetString()));
        Assert.False(string.IsNullOrWhiteSpace(Body.GetProperty("detail").GetString()));
        Assert.StartsWith("/", Body.GetProperty("instance").GetString());
        Assert.Matches("^[0-9a-f]{32}$", Body.GetProperty("trace_id").GetString());
        Assert.Equal(status == 503, Headers.RetryAfter is not null);
        Assert.Equal(status == 401 || status == 403, Headers.WwwAuthenticate.Count > 0);
        Assert.True(Headers.CacheControl?.NoStore);
    }
}
