using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using Wallet.Service;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Sessions;

public sealed class JwtTests(SqliteWallet wallet) : IClassFixture<SqliteWallet>, IAsyncLifetime
{
    private TokenIssuer _issuer = null!;
    private WalletHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await TokenIssuer.StartAsync();
        _host = await StartHostAsync(_issuer.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_token_of_the_issuer_signs_its_user_in()
    {
        var token = _issuer.CreateToken();

        var opened = await _host.SendAsync(HttpMethod.Post, "/v1/accounts", token, WalletHost.Json("""{"currency": "SGD"}"""));

        opened.AssertStatus(201);
        Assert.Equal("jane", opened.Body.GetProperty("user_id").GetString());
    }

    [Theory]
    [InlineData("scope", "wallet")]
    [InlineData("scope", "a wallet b")]
    [InlineData("scp", "wallet")]
    public async Task The_scope_is_read_as_issuers_write_it(string claim, string value)
    {
        (await GetAsync(_issuer.CreateToken(c => (c["scope"], c[claim]) = (null, value)))).AssertStatus(200);
        (await GetAsync(_issuer.CreateToken(c => (c["scope"], c[claim]) = (null, value.Split(' '))))).AssertStatus(200);
    }

    [Fact]
    public async Task A_token_without_the_scope_is_refused() =>
        (await GetAsync(_issuer.CreateToken(c => c["scope"] = "openid"))).AssertProblem(403, "insufficient_scope");

    [Fact]
    public async Task A_session_is_accepted_beside_the_issuers_tokens() =>
        (await (await _host.SignInAsync("someone")).GetAsync("/v1/accounts")).AssertStatus(200);

    [Fact]
    public async Task A_token_that_is_not_for_us_or_not_valid_is_refused()
    {
        using var stranger = RSA.Create(2048);
        var publicKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(_issuer.PublicKeyPem)) { KeyId = "key-1" };
        var good = _issuer.CreateToken();
        var unsigned = $"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{good.Split('.')[1]}.";

        string[] bad =
        [
            _issuer.CreateToken(c => c["aud"] = "another-api"),
            _issuer.CreateToken(c => c["aud"] = null),
            _issuer.CreateToken(c => c["iss"] = "https://another.example"),
            _issuer.CreateToken(c => c["exp"] = 1_000_000_000),
            _issuer.CreateToken(c => c["exp"] = null),
            _issuer.CreateToken(c => c["nbf"] = 32_000_000_000),
            _issuer.CreateToken(c => c["sub"] = null),
            _issuer.CreateToken(c => c["sub"] = "@world"),
            _issuer.CreateToken(c => c["sub"] = ""),
            _issuer.CreateToken(credentials: new SigningCredentials(new RsaSecurityKey(stranger) { KeyId = "key-1" }, SecurityAlgorithms.RsaSha256)),
            _issuer.CreateToken(credentials: new SigningCredentials(publicKey, SecurityAlgorithms.HmacSha256)),
            unsigned,
            unsigned + "AAAA",
            good[..^4] + "AAAA",
            $"{Base64UrlEncoder.Encode("""{"\ud800":1}""")}.e30.AAAA",
        ];

        foreach (var token in bad)
            (await GetAsync(token)).AssertProblem(401, "invalid_token");
        (await GetAsync(good)).AssertStatus(200);
    }

    [Fact]
    public async Task An_issuer_that_is_away_is_503_and_its_tokens_are_accepted_when_it_returns()
    {
        var isAway = true;
        await using var issuer = await TokenIssuer.StartAsync();
        issuer.Delay = context =>
        {
            if (isAway)
                context.Abort();
            return Task.CompletedTask;
        };
        await using var host = await StartHostAsync(issuer.Address);

        (await host.SendAsync(HttpMethod.Get, "/v1/accounts", issuer.CreateToken())).AssertProblem(503, "sessions_unavailable");
        isAway = false;
        await Eventually.AssertAsync(async () => (await host.SendAsync(HttpMethod.Get, "/v1/accounts", issuer.CreateToken())).AssertStatus(200));
    }

    [Fact]
    public async Task An_issuer_that_hangs_does_not_hang_the_wallet()
    {
        var release = new TaskCompletionSource();
        await using var issuer = await TokenIssuer.StartAsync();
        issuer.Delay = _ => release.Task;
        await using var host = await StartHostAsync(issuer.Address);

        var responses = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => host.SendAsync(HttpMethod.Get, "/v1/accounts", issuer.CreateToken())));
        release.SetResult();

        Assert.All(responses, r => r.AssertProblem(503, "sessions_unavailable"));
    }

    [Fact]
    public async Task Outside_of_development_an_issuer_without_TLS_stops_the_start()
    {
        var refusal = await Assert.ThrowsAsync<StartupException>(() => WalletHost.StartAsync(wallet.Redis, SettingsFor(_issuer.Address)));

        Assert.Contains("Wallet:Jwt:Authority", refusal.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> SettingsFor(string address) => new()
    {
        ["Wallet:Jwt:Authority"] = address,
        ["Wallet:Jwt:Audience"] = TokenIssuer.Audience,
    };

    private Task<WalletHost> StartHostAsync(string address) => WalletHost.StartAsync(
        wallet.Redis, new Dictionary<string, string?>(wallet.NewFile().Concat(SettingsFor(address))), environment: "Development");

    private Task<ApiResponse> GetAsync(string token) => _host.SendAsync(HttpMethod.Get, "/v1/accounts", token);
}
