using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Wallet.Service.Sessions;

/// <summary>Authentication and authorization put together.</summary>
internal static class SessionSetup
{
    private const string SelectorScheme = "Bearer";
    private const string JwtScheme = "Jwt";

    // A hanging issuer must not hang the wallet: whoever waits is told to try again, the fetch goes on for the next one.
    private static readonly TimeSpan IssuerPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan IssuerTimeout = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    // No "none", and no HMAC, whose secret an attacker could take to be the public key.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    public static void AddWalletAuthentication(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<SessionOptions>().BindConfiguration(SessionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SessionOptions>, SessionOptionsValidator>();
        services.AddOptions<JwtOptions>().BindConfiguration(JwtOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<JwtOptions>, JwtOptionsValidator>();
        services.AddSingleton<SessionCache>();

        var redis = builder.Configuration.GetConnectionString("Redis");
        var hasRedis = !string.IsNullOrEmpty(redis);
        var authority = builder.Configuration[$"{JwtOptions.Section}:{nameof(JwtOptions.Authority)}"];
        var hasJwt = !string.IsNullOrEmpty(authority);
        var isDevelopment = builder.Environment.IsDevelopment();
        if (!hasRedis && !hasJwt && !isDevelopment)
        {
            throw new StartupException(
                "Nobody could sign in: set ConnectionStrings__Redis (sessions) or Wallet__Jwt__Authority (an OpenID Connect issuer), or run in the Development environment.");
        }

        if (hasJwt && !isDevelopment && !authority!.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            throw new StartupException("Wallet:Jwt:Authority must begin with https:// outside of Development.");

        if (hasRedis)
        {
            services.AddSingleton(new RedisConnection(redis!));
            services.AddHostedService(static provider => provider.GetRequiredService<RedisConnection>());
            services.AddSingleton<ISessionStore, RedisSessionStore>();
        }

        if (isDevelopment)
            services.AddSingleton<DevelopmentSessions>();

        // No default scheme: the policies name theirs, so that a route which is open to everyone looks at no token.
        var authentication = services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, SessionAuthenticationHandler>(SessionAuthenticationHandler.SchemeName, null);
        var scheme = hasJwt ? SelectorScheme : SessionAuthenticationHandler.SchemeName;
        if (hasJwt)
        {
            AddJwt(authentication, services, isDevelopment);
            authentication.AddPolicyScheme(SelectorScheme, null, static selector => selector.ForwardDefaultSelector = static context =>
                BearerToken.TryRead(context.Request, out var token) && token is not null && BearerToken.IsJwt(token) ? JwtScheme : SessionAuthenticationHandler.SchemeName);
        }

        // The framework's authentication brings key storage for cookies, which would write keys into the home folder at every first start.
        // There are no cookies here. Its class is internal, so it goes by its name.
        services.Remove(services.Single(static service => service.ImplementationType?.Name == "DataProtectionHostedService"));

        var wallet = RequireScope(Scopes.Wallet, scheme);
        services.AddAuthorizationBuilder()
            .AddPolicy(Scopes.Wallet, wallet)
            .AddPolicy(Scopes.Admin, RequireScope(Scopes.Admin, scheme))
            // A route that says nothing of who may call it is not open to everyone.
            .SetDefaultPolicy(wallet)
            .SetFallbackPolicy(wallet);
    }

    private static AuthorizationPolicy RequireScope(string scope, string scheme) =>
        new AuthorizationPolicyBuilder(scheme).RequireAuthenticatedUser().RequireClaim(UserIdentity.ScopeClaim, scope).Build();

    private static void AddJwt(AuthenticationBuilder authentication, IServiceCollection services, bool isDevelopment)
    {
        authentication.AddJwtBearer(JwtScheme, static _ => { });
        services.AddOptions<JwtBearerOptions>(JwtScheme).Configure<IOptions<JwtOptions>, TimeProvider>((bearer, settings, time) =>
        {
            bearer.Authority = settings.Value.Authority;
            bearer.Audience = settings.Value.Audience;
            bearer.RequireHttpsMetadata = !isDevelopment;
            bearer.BackchannelTimeout = IssuerTimeout;
            bearer.MapInboundClaims = false;
            bearer.TimeProvider = time;
            bearer.TokenValidationParameters = new TokenValidationParameters
            {
                ValidAlgorithms = Algorithms,
                ClockSkew = ClockSkew,
                ValidateIssuer = true,
                ValidateAudience = true,
                RequireExpirationTime = true,
                RequireSignedTokens = true,
            };
            bearer.Events = new JwtBearerEvents
            {
                OnMessageReceived = KnowTheIssuerAsync,
                OnTokenValidated = context => SignIn(context, settings.Value.UserIdClaim),
                OnChallenge = async context =>
                {
                    context.HandleResponse();
                    await BearerChallenge.RefuseAsync(context.HttpContext, context.AuthenticateFailure);
                },
                OnForbidden = static context => BearerChallenge.ForbidAsync(context.HttpContext),
            };
        });
    }

    /// <summary>Fetches the issuer's keys where they are not known yet. An issuer that is away is no fault of the token's.</summary>
    private static async Task KnowTheIssuerAsync(MessageReceivedContext context)
    {
        try
        {
            if (context.Options.ConfigurationManager is IConfigurationManager<OpenIdConnectConfiguration> manager)
                await manager.GetConfigurationAsync(CancellationToken.None).WaitAsync(IssuerPatience, context.Options.TimeProvider!, context.HttpContext.RequestAborted);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or HttpRequestException or TimeoutException)
        {
            context.HttpContext.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(SessionSetup)).IssuerUnavailable(e);
            context.Fail(new SessionsUnavailableException(e));
        }
    }

    private static Task SignIn(TokenValidatedContext context, string userIdClaim)
    {
        var token = context.Principal!;
        var scopes = token.FindAll("scope").Concat(token.FindAll("scp")).SelectMany(static claim => claim.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (UserIdentity.TryCreate(token.FindFirstValue(userIdClaim), scopes, JwtScheme) is { } user)
            context.Principal = user;
        else
            context.Fail("The token names no user.");
        return Task.CompletedTask;
    }
}
