using System.Net;
using System.Net.Http.Headers;

namespace Wallet.Chaos.Clients;

/// <summary>
/// A body that is sent once. <see cref="HttpClient"/> by itself sends a request again over another connection where the first was cut; then nobody could
/// say which of the two an answer belongs to.
/// </summary>
internal sealed class OnceContent : HttpContent
{
    private readonly byte[] _body;

    public OnceContent(byte[] body)
    {
        _body = body;
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    /// <summary>Whether any of it may have left.</summary>
    public bool IsSent { get; private set; }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        if (IsSent)
            throw new IOException("The connection was cut.");
        IsSent = true;
        await stream.WriteAsync(_body);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
