using System.ComponentModel.DataAnnotations;

namespace Wallet.Service.Http;

/// <summary>The settings under <c>Wallet:Http</c>: what a connection may cost. What is the same for everyone is in <see cref="HttpLimits"/>.</summary>
internal sealed class HttpOptions
{
    /// <summary>How many connections may be open. One more is closed at once.</summary>
    [Range(10, 1_000_000)]
    public int ConnectionsMax { get; set; } = 10_000;

    /// <summary>How long a connection may be open with nothing asked. Longer than the proxy in front keeps it, or that one finds it closed when it needs it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>How long the request line and the headers may take to arrive.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many bytes a second a body must arrive at, and an answer must be taken at.</summary>
    [Range(1, 1_000_000)]
    public int BytesPerSecondMin { get; set; } = 240;

    /// <summary>How long a body, or the taking of an answer, may be slower than that at its beginning.</summary>
    [Range(typeof(TimeSpan), "00:00:02", "00:01:00")]
    public TimeSpan SlowFor { get; set; } = TimeSpan.FromSeconds(5);
}
