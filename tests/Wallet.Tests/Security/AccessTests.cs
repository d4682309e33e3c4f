using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Security;

public sealed class AccessTests(SqliteWallet wallet, IssuerWallet issuer) : IClassFixture<SqliteWallet>, IClassFixture<IssuerWallet>
{
    private readonly WalletHost _host = wallet.Host;
    private readonly RedisServer _redis = wallet.Redis;

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, AccessTable.Rows.Count)];

    [Fact]
    public void The_table_has_a_row_for_every_route_and_no_other()
    {
        var routes = _host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().SelectMany(static endpoint =>
            (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}"));

        Assert.Equal(AccessTable.Rows.Select(static row => row.ToString()).Order(), routes.Order());
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Each_caller_gets_what_the_table_says(int number) =>
        await CheckAsync(AccessTable.Rows[number], await Scene.MakeAsync(_host), SessionHeadersAsync);

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Each_caller_with_a_JWT_gets_what_the_table_says(int number) =>
        await CheckAsync(AccessTable.Rows[number], await Scene.MakeAsync(issuer.Host), JwtHeadersAsync);

    [Fact]
    public void The_document_shows_the_table()
    {
        var document = Repository.Read("docs/security.md");

        foreach (var row in AccessTable.Rows)
        {
            var cells = row.Answers.Distinct().Count() == 1 ? "open to everyone" : string.Join(" | ", row.Answers.Select(static a => a.ToString(CultureInfo.InvariantCulture)));
            Assert.Contains($"| `{row}` | {cells} |", document, StringComparison.Ordinal);
        }

        Assert.Equal(AccessTable.Rows.Count, Regex.Count(document, @"^\| `(GET|POST|PUT|PATCH|DELETE) /", RegexOptions.Multiline));
    }

    [Theory]
    [InlineData("PUT", "/v1/transfers")]
    [InlineData("DELETE", "/v1/accounts/{account}")]
    [InlineData("PATCH", "/v1/balance")]
    [InlineData("OPTIONS", "/v1/transfers")]
    [InlineData("TRACE", "/v1/accounts")]
    [InlineData("GET", "/%2fv1/accounts")]
    [InlineData("GET", "/V1/ACCOUNTS")]
    [InlineData("GET", "/v1/accounts/")]
    [InlineData("GET", "/v1/%61ccounts")]
    [InlineData("GET", "/v1/accounts/{account}/..;/transactions")]
    public async Task No_method_and_no_spelling_of_a_path_gets_round_the_token(string method, string path)
    {
        var scene = await Scene.MakeAsync(_host);

        var response = await _host.SendAsync(new HttpMethod(method), scene.Fill(path, Caller.Nobody), token: null);

        Assert.Equal(401, response.Status);
        scene.AssertTellsNothing(response);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("""{"amount": "many"}""")]
    [InlineData("not JSON")]
    public async Task A_body_is_not_looked_at_before_the_token(string body) =>
        (await _host.SendAsync(HttpMethod.Post, "/v1/transfers", token: null, WalletHost.Json(body))).AssertProblem(401, "unauthorized");

    private static async Task CheckAsync(AccessRow row, Scene scene, Func<Caller, Scene, Task<string?[]>> headersOf)
    {
        foreach (var caller in Enum.GetValues<Caller>())
        {
            foreach (var header in await headersOf(caller, scene))
            {
                var response = await SendAsync(row, caller, header, scene);

                Assert.True(row.For(caller) == response.Status, $"{row} by {caller} ({header}): {response.Status} {response.Text}");
                if (response.Status == 401)
                    response.AssertProblem(401, caller == Caller.Nobody ? "unauthorized" : "invalid_token");
                else if (response.Status == 403)
                    response.AssertProblem(403, "insufficient_scope");
                if (response.Status >= 400)
                    scene.AssertTellsNothing(response);
            }
        }
    }

    private static async Task<ApiResponse> SendAsync(AccessRow row, Caller caller, string? authorization, Scene scene)
    {
        var body = row.Body is { } template ? WalletHost.Json(scene.Fill(template, caller)) : null;
        (string, string)[] headers = authorization is null ? [] : [("Authorization", authorization)];
        return await scene.Host.SendAsync(new HttpMethod(row.Method), scene.Fill(row.Path ?? row.Route, caller), token: null, body, headers);
    }

    /// <summary>The Authorization headers that such a caller with a session may come with; null for none.</summary>
    private async Task<string?[]> SessionHeadersAsync(Caller caller, Scene scene)
    {
        switch (caller)
        {
            case Caller.Nobody:
                return [null, "Basic aG91c2U6aG91c2U=", "Bearer", $"Token {scene.Owner.Token}"];
            case Caller.Invalid:
                var revoked = await _redis.SignInAsync(scene.Owner.Id, "wallet");
                await _redis.RevokeAsync(revoked);
                var expired = $"token-{Guid.NewGuid():N}";
                await _redis.WriteSessionAsync(expired, $$"""{"user_id": "{{scene.Owner.Id}}", "scopes": ["wallet"], "expires_at": "2020-01-01T00:00:00Z"}""");
                return ["Bearer unknown", $"Bearer {revoked}", $"Bearer {expired}", $"Bearer {scene.Owner.Token}x"];
            case Caller.Unscoped:
                return [$"Bearer {await _redis.SignInAsync(scene.Owner.Id)}"];
            case Caller.Operator:
                return [$"Bearer {await _redis.SignInAsync(scene.Owner.Id, "admin")}"];
            default:
                return [$"Bearer {scene.Of(caller).Token}"];
        }
    }

    /// <summary>The same for a caller with a JWT.</summary>
    private Task<string?[]> JwtHeadersAsync(Caller caller, Scene scene)
    {
        using var stranger = RSA.Create(2048);
        var good = TokenOf(scene.Owner.Id);
        return Task.FromResult<string?[]>(caller switch
        {
            Caller.Nobody => [null, "Bearer", $"Token {good}", good],
            Caller.Invalid =>
            [
                $"Bearer {TokenOf(scene.Owner.Id, c => c["exp"] = 1_000_000_000)}",
                $"Bearer {TokenOf(scene.Owner.Id, c => c["aud"] = "another-api")}",
                $"Bearer {TokenOf(scene.Owner.Id, c => c["iss"] = "https://another.example")}",
                $"Bearer {TokenOf(scene.Owner.Id, credentials: new SigningCredentials(new RsaSecurityKey(stranger) { KeyId = "key-1" }, SecurityAlgorithms.RsaSha256))}",
                $"Bearer {good[..^4]}AAAA",
                $"Bearer {good}.{good}",
            ],
            Caller.Unscoped => [$"Bearer {TokenOf(scene.Owner.Id, static c => c["scope"] = null)}", $"Bearer {TokenOf(scene.Owner.Id, static c => c["scope"] = "openid Wallet wallets")}"],
            Caller.Operator => [$"Bearer {TokenOf(scene.Owner.Id, static c => c["scope"] = "admin")}"],
            _ => [$"Bearer {TokenOf(scene.Of(caller).Id)}"],
        });

        string TokenOf(string userId, Action<Dictionary<string, object?>>? change = null, SigningCredentials? credentials = null) => issuer.Issuer.CreateToken(
            claims =>
            {
                claims["sub"] = userId;
                change?.Invoke(claims);
            },
            credentials);
    }

    /// <summary>An owner who has paid somebody, and a stranger and a newcomer.</summary>
    private sealed record Scene(WalletHost Host, TestUser Owner, TestUser Payee, TestUser Stranger, TestUser Newcomer, string TransferId)
    {
        private const string Message = "between the two of us";

        public static async Task<Scene> MakeAsync(WalletHost host)
        {
            var owner = await host.NewUserAsync(balance: 777_123);
            var payee = await host.NewUserAsync();
            var paid = await owner.SendAsync(payee, 10, more: new { message = Message });
            paid.AssertStatus(201);
            return new Scene(
                host, owner, payee, await host.NewUserAsync(), await host.SignInAsync($"user-{Guid.NewGuid():N}"),
                paid.Body.GetProperty("id").GetString()!);
        }

        public TestUser Of(Caller caller) => caller switch
        {
            Caller.Owner => Owner,
            Caller.Payee => Payee,
            Caller.Stranger => Stranger,
            _ => Newcomer,
        };

        public string Fill(string template, Caller caller) => template
            .Replace("{account}", Owner.AccountId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{transfer}", TransferId, StringComparison.Ordinal)
            .Replace("{payee}", Payee.Id, StringComparison.Ordinal)
            .Replace("{caller}", $"{caller}", StringComparison.Ordinal);

        public void AssertTellsNothing(ApiResponse response)
        {
            foreach (var secret in (string[])[Owner.Id, Payee.Id, "777123", Message])
                Assert.DoesNotContain(secret, response.Text, StringComparison.Ordinal);
        }
    }
}
