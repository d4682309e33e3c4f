using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Wallet.Bench.Load;

/// <summary>One who asks over one connection. Not thread-safe.</summary>
internal sealed class LoadClient(IPEndPoint server, RequestWriter requests) : IDisposable
{
    private readonly HttpConnection _connection = new(server);
    private bool _isOver;

    public Task ConnectAsync() => _connection.ConnectAsync();

    /// <summary>Sends the next request, waits for its answer and records it.</summary>
    /// <param name="since">When it should have been sent, as <see cref="Stopwatch"/> counts: its latency counts from there.</param>
    /// <param name="recorder">Where it is recorded.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(long since, LatencyRecorder recorder)
    {
        var (kind, length) = requests.Write(_connection.Request);
        try
        {
            var status = await _connection.ExchangeAsync(length);
            if (status == (kind == RequestKind.Transfer ? 201 : 200))
                recorder.Answered(kind, Stopwatch.GetElapsedTime(since));
            else
                recorder.Failed(status.ToString(CultureInfo.InvariantCulture), _connection.ResponseText);
        }
        catch (Exception e) when (!_isOver && e is SocketException or IOException)
        {
            recorder.Failed("connection", e.Message);
            await _connection.ConnectAsync();
        }
    }

    /// <summary>Ends what it waits for, too.</summary>
    public void Dispose()
    {
        _isOver = true;
        _connection.Dispose();
    }
}
