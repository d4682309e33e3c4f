using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;

namespace Wallet.Bench.Load;

/// <summary>
/// One connection with keep-alive, one request at a time, no allocation per request. Not thread-safe, but for <see cref="Dispose"/>, which
/// ends an exchange that hangs.
/// </summary>
internal sealed class HttpConnection(IPEndPoint server) : IDisposable
{
    private const int SendMax = 1_024;
    private const int ReceiveFirst = 16_384;

    private readonly byte[] _send = new byte[SendMax];
    private byte[] _received = new byte[ReceiveFirst];
    private int _receivedLength;
    private Socket? _socket;

    /// <summary>Where the next request is to be written.</summary>
    public Span<byte> Request => _send;

    /// <summary>The answer to the latest request, as text.</summary>
    public string ResponseText => Encoding.UTF8.GetString(_received.AsSpan(0, _receivedLength));

    /// <summary>Connects, or connects anew.</summary>
    public async Task ConnectAsync()
    {
        _socket?.Dispose();
        _socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _socket.ConnectAsync(server);
    }

    /// <summary>Sends the request and waits for the whole answer.</summary>
    /// <param name="length">How much of <see cref="Request"/> is the request, in bytes.</param>
    /// <returns>The status.</returns>
    /// <exception cref="IOException">The server closed the connection.</exception>
    /// <exception cref="SocketException">The connection broke.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ExchangeAsync(int length)
    {
        var sent = await _socket!.SendAsync(_send.AsMemory(0, length), SocketFlags.None);
        if (sent != length)
            throw new IOException("The request was not taken as a whole.");

        _receivedLength = 0;
        while (true)
        {
            if (_receivedLength == _received.Length)
                Array.Resize(ref _received, 2 * _received.Length);
            var count = await _socket.ReceiveAsync(_received.AsMemory(_receivedLength), SocketFlags.None);
            if (count == 0)
                throw new IOException("The server closed the connection.");
            _receivedLength += count;
            if (HttpResponse.TryParse(_received.AsSpan(0, _receivedLength), out var status, out _))
                return status;
        }
    }

    public void Dispose() => _socket?.Dispose();
}
