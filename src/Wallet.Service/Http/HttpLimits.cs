using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Wallet.Service.Http;

/// <summary>What one client may take up before the service gives up on it: each limit of the web server, none left at a default that nobody chose.</summary>
internal static class HttpLimits
{
    /// <summary>The longest request line: method, address and version.</summary>
    public const int RequestLineBytesMax = 8_192;

    /// <summary>How large all headers of a request may be together. A token of the largest size, a key and what a proxy adds fit well.</summary>
    public const int HeaderBytesMax = 16_384;

    /// <summary>How many headers a request may have.</summary>
    public const int HeadersMax = 64;

    /// <summary>How much of what a client has sent waits to be read, and how much of an answer waits to be taken.</summary>
    public const int BufferBytesMax = 32_768;

    private const string NoBareLineFeeds = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    public static void AddHttpLimits(this WebApplicationBuilder builder)
    {
        // A line that ends with a bare line feed is one line more to this server than to a proxy that goes by the letter.
        AppContext.SetSwitch(NoBareLineFeeds, isEnabled: true);
        // HTTP/2 is for the proxy in front; its own ways to tire a server out are none of this one's.
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.ConfigureEndpointDefaults(static endpoint => endpoint.Protocols = HttpProtocols.Http1));
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<WalletOptions>>(static (kestrel, wallet) => Set(kestrel.Limits, wallet.Value));
    }

    private static void Set(KestrelServerLimits limits, WalletOptions wallet)
    {
        var http = wallet.Http;
        limits.MaxConcurrentConnections = http.ConnectionsMax;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.KeepAliveTimeout = http.IdleTimeout;
        limits.RequestHeadersTimeout = http.HeadersTimeout;
        limits.MaxRequestLineSize = RequestLineBytesMax;
        limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        limits.MaxRequestHeaderCount = HeadersMax;
        limits.MaxRequestBodySize = wallet.RequestBodyBytesMax;
        limits.MaxRequestBufferSize = BufferBytesMax;
        limits.MaxResponseBufferSize = BufferBytesMax;
        limits.MinRequestBodyDataRate = new MinDataRate(http.BytesPerSecondMin, http.SlowFor);
        limits.MinResponseDataRate = new MinDataRate(http.BytesPerSecondMin, http.SlowFor);
    }
}
