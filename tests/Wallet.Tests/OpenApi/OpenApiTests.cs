using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Wallet.Service.Http;
using Wallet.Service.Startup;
using Wallet.Tests.Servers;

namespace Wallet.Tests.OpenApi;

public sealed class OpenApiTests(SqliteWallet wallet) : IClassFixture<SqliteWallet>
{
    private readonly WalletHost _host = wallet.Host;

    [Fact]
    public async Task The_document_is_valid_OpenAPI_3_1()
    {
        var text = await GetDocumentAsync();

        var result = OpenApiDocument.Parse(text, OpenApiConstants.Json);

        Assert.StartsWith("3.1.", JsonSerializer.Deserialize<JsonElement>(text).GetProperty("openapi").GetString());
        Assert.Empty(result.Diagnostic!.Errors);
        Assert.Empty(result.Diagnostic.Warnings);
    }

    [Fact]
    public async Task The_document_is_made_once_whatever_is_asked_along_with_it()
    {
        var document = await GetDocumentAsync();

        Assert.Equal(document, (await _host.SendAsync(HttpMethod.Get, "/openapi/v1.json?x=1", "a-token")).Text);
        (await _host.SendAsync(HttpMethod.Get, "/openapi/v2.json", token: null)).AssertProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Every_call_is_in_the_document_with_its_security_and_its_problems()
    {
        var paths = JsonSerializer.Deserialize<JsonElement>(await GetDocumentAsync()).GetProperty("paths");
        var endpoints = _host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/v1/", StringComparison.Ordinal)).ToArray();

        Assert.Equal(endpoints.Length, paths.EnumerateObject().Sum(p => p.Value.EnumerateObject().Count()));
        foreach (var endpoint in endpoints)
        {
            var method = endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Single();
#pragma warning disable CA1308 // OpenAPI writes methods in lower case.
            var operation = paths.GetProperty(endpoint.RoutePattern.RawText!).GetProperty(method.ToLowerInvariant());
#pragma warning restore CA1308
            Assert.True(operation.GetProperty("security")[0].TryGetProperty("bearer", out _));
            var responses = operation.GetProperty("responses");
            foreach (var problem in EndpointConventions.ProblemsOf([.. endpoint.Metadata]))
            {
                var response = responses.GetProperty($"{problem.Status}");
                Assert.Contains($"`{problem.Code}`", response.GetProperty("description").GetString(), StringComparison.Ordinal);
                Assert.True(response.GetProperty("content").TryGetProperty("application/problem+json", out _));
            }
        }
    }

    [Fact]
    public async Task Requests_are_closed_and_answers_may_grow()
    {
        var schemas = JsonSerializer.Deserialize<JsonElement>(await GetDocumentAsync()).GetProperty("components").GetProperty("schemas");

        foreach (var schema in schemas.EnumerateObject())
        {
            var isClosed = schema.Value.TryGetProperty("additionalProperties", out var additional) && additional.ValueKind == JsonValueKind.False;
            Assert.Equal((schema.Name, schema.Name.EndsWith("Request", StringComparison.Ordinal)), (schema.Name, isClosed));
        }

        Assert.Equal("amount", schemas.GetProperty("TransferRequest").GetProperty("required")[0].GetString());
        Assert.Equal("integer", schemas.GetProperty("TransferRequest").GetProperty("properties").GetProperty("amount").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Answers_have_what_the_document_says_and_nothing_else()
    {
        var document = JsonSerializer.Deserialize<JsonElement>(await GetDocumentAsync());
        var payer = await _host.NewUserAsync(balance: 10);
        var payee = await _host.NewUserAsync();
        var transfer = await payer.SendAsync(payee, 1, key: "k", more: new { message = "m" });
        await payer.SendAsync(payee, 100, key: "refused");

        AssertMatches("TransferResponse", transfer.Body);
        AssertMatches("TransferResponse", (await payee.GetAsync(transfer.Headers.Location!.ToString())).Body);
        AssertMatches("TransferResponse", (await payer.GetAsync($"/v1/transfers/{RequestId.FromKey(payer.Id, "refused")}")).Body);
        AssertMatches("AccountResponse", (await payer.GetAsync("/v1/balance")).Body);
        AssertMatches("AccountResponse", (await payer.GetAsync("/v1/accounts")).Body.GetProperty("data")[0]);
        AssertMatches("TransactionPage", (await payer.GetAsync("/v1/transactions?limit=1")).Body);
        AssertMatches("TransactionResponse", (await payer.GetAsync("/v1/transactions")).Body.GetProperty("data")[0]);
        AssertMatches("Problem", (await payer.SendAsync(payer, 1)).Body);
        AssertMatches("Problem", (await payer.PostAsync("/v1/transfers", "{}")).Body);

        void AssertMatches(string name, JsonElement body)
        {
            var schema = document.GetProperty("components").GetProperty("schemas").GetProperty(name);
            var properties = schema.GetProperty("properties").EnumerateObject().Select(p => p.Name).ToHashSet();
            var present = body.EnumerateObject().Select(p => p.Name).ToArray();
            Assert.All(present, p => Assert.Contains(p, properties));
            Assert.All(schema.GetProperty("required").EnumerateArray(), r => Assert.Contains(r.GetString(), present));
            Assert.DoesNotContain(body.EnumerateObject(), p => p.Value.ValueKind == JsonValueKind.Null);
        }
    }

    [Fact]
    public async Task The_examples_work_as_they_are_for_the_demonstration_users()
    {
        await using var host = await WalletHost.StartAsync(wallet.Redis, wallet.NewFile(), environment: "Development");
        var document = JsonSerializer.Deserialize<JsonElement>((await host.SendAsync(HttpMethod.Get, "/openapi/v1.json", token: null)).Text);

        foreach (var path in document.GetProperty("paths").EnumerateObject().Where(p => p.Value.TryGetProperty("post", out _)))
        {
            var example = path.Value.GetProperty("post").GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("example");
            (await host.SendAsync(HttpMethod.Post, path.Name, DemoAccounts.House, WalletHost.Json(example.GetRawText()))).AssertStatus(201);
        }
    }

    [Fact]
    public async Task In_production_nothing_speaks_of_the_demonstration_users()
    {
        var page = await _host.SendAsync(HttpMethod.Get, "/docs/", token: null);

        Assert.DoesNotContain("house", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("andrew", await GetDocumentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_to_try_the_calls_on_loads_nothing_from_elsewhere()
    {
        var page = await _host.SendAsync(HttpMethod.Get, "/docs/", token: null);

        Assert.Equal("text/html", page.MediaType);
        Assert.DoesNotMatch("(src|href)=[\"']?(https?:)?//", page.Text);
        Assert.Contains("connect-src 'self'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_root_leads_to_the_page()
    {
        var root = await _host.SendAsync(HttpMethod.Get, "/", token: null);

        Assert.Equal((200, "text/html"), (root.Status, root.MediaType));
    }

    private async Task<string> GetDocumentAsync() => (await _host.SendAsync(HttpMethod.Get, "/openapi/v1.json", token: null)).Text;
}
