namespace Wallet.Tests.Servers;

/// <summary>The service with an issuer whose JWTs sign in beside the sessions in Redis.</summary>
public sealed class IssuerWallet(TestRedis redis) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private TokenIssuer? _issuer;
    private WalletHost? _host;

    public TokenIssuer Issuer => _issuer!;

    public WalletHost Host => _host!;

    public async ValueTask InitializeAsync()
    {
        _issuer = await TokenIssuer.StartAsync();
        var settings = new Dictionary<string, string?>
        {
            ["Wallet:SqliteFile"] = _folder.File("wallet.db"),
            ["Wallet:Jwt:Authority"] = _issuer.Address,
            ["Wallet:Jwt:Audience"] = TokenIssuer.Audience,
        };
        _host = await WalletHost.StartAsync(redis, settings, environment: "Development"); // where an issuer needs no TLS
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        if (_issuer is not null)
            await _issuer.DisposeAsync();
        _folder.Dispose();
    }
}
