using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Wallet.Tests.Servers;

/// <summary>An OpenID Connect issuer: its discovery document, its keys, and tokens that are signed with them.</summary>
public sealed class TokenIssuer : IAsyncDisposable
{
    public const string Audience = "wallet-api";

    private readonly WebApplication _app;
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly RsaSecurityKey _key;

    private TokenIssuer(WebApplication app)
    {
        _app = app;
        _key = new RsaSecurityKey(_rsa) { KeyId = "key-1" };
    }

    public string Address => _app.Urls.Single();

    /// <summary>What it does before it answers; nothing unless a test says so.</summary>
    public Func<HttpContext, Task> Delay { get; set; } = _ => Task.CompletedTask;

    /// <summary>The modulus of its public key in PEM, which an attacker knows as well.</summary>
    public string PublicKeyPem => _rsa.ExportSubjectPublicKeyInfoPem();

    public static async Task<TokenIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var issuer = new TokenIssuer(app);
        app.MapGet("/.well-known/openid-configuration", async context =>
        {
            await issuer.Delay(context);
            await context.Response.WriteAsync($$"""{"issuer": "{{issuer.Address}}", "jwks_uri": "{{issuer.Address}}/keys"}""");
        });
        app.MapGet("/keys", context =>
        {
            var key = JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(issuer._rsa.ExportParameters(false)) { KeyId = "key-1" });
            return context.Response.WriteAsync($$"""{"keys": [{"kty": "RSA", "use": "sig", "kid": "key-1", "n": "{{key.N}}", "e": "{{key.E}}"}]}""");
        });
        await app.StartAsync();
        return issuer;
    }

    /// <summary>A token; a claim that is null is left out.</summary>
    public string CreateToken(Action<Dictionary<string, object?>>? change = null, SigningCredentials? credentials = null)
    {
        var now = TimeProvider.System.GetUtcNow();
        var claims = new Dictionary<string, object?>
        {
            ["iss"] = Address,
            ["aud"] = Audience,
            ["sub"] = "jane",
            ["scope"] = "openid wallet",
            ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
        };
        change?.Invoke(claims);
        var handler = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false };
        return handler.CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims.Where(c => c.Value is not null).ToDictionary(c => c.Key, c => c.Value!),
            SigningCredentials = credentials ?? new SigningCredentials(_key, SecurityAlgorithms.RsaSha256),
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _rsa.Dispose();
    }
}
