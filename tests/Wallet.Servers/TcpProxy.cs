using System.Net;
using System.Net.Sockets;

namespace Wallet.Servers;

/// <summary>What becomes of bytes on their way to a server.</summary>
public enum Passage
{
    /// <summary>They are passed on.</summary>
    Pass,

    /// <summary>The connection is cut, and the server never gets them.</summary>
    CutBefore,

    /// <summary>The server gets them and answers; the connection is cut in place of the answer.</summary>
    CutInsteadOfAnswer,

    /// <summary>They wait, and so does what comes after them, until it is decided otherwise.</summary>
    Hold,
}

/// <summary>Stands between a client and a server on this machine, and can make the network fail at a chosen moment.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private const int BufferSize = 65_536;
    private static readonly TimeSpan HoldPoll = TimeSpan.FromMilliseconds(10);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _serverPort;
    private readonly Task _accepting;

    /// <param name="serverPort">Where the server listens.</param>
    public TcpProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Decides for each piece that a client sends; everything passes unless a test says otherwise. Called from any thread, and again and again while bytes are held.</summary>
    public Func<ReadOnlyMemory<byte>, Passage> Decide { get; set; } = static _ => Passage.Pass;

    /// <summary>How long each piece of an answer takes longer than the server.</summary>
    public TimeSpan AnswerDelay { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    /// <summary>Ends when either side does, or when it is cut.</summary>
    private async Task RelayAsync(TcpClient client)
    {
        using var accepted = client;
        using var server = new TcpClient();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var isAnswerLost = false;
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _serverPort, ending.Token);
            var (near, far) = (client.GetStream(), server.GetStream());
            await Task.WhenAny(RequestsAsync(), AnswersAsync());
            await ending.CancelAsync();

            async Task RequestsAsync()
            {
                var buffer = new byte[BufferSize];
                int length;
                while ((length = await near.ReadAsync(buffer, ending.Token)) > 0)
                {
                    Passage passage;
                    while ((passage = Decide(buffer.AsMemory(0, length))) == Passage.Hold)
                        await Task.Delay(HoldPoll, ending.Token);
                    if (passage == Passage.CutBefore)
                        return;
                    isAnswerLost = passage == Passage.CutInsteadOfAnswer;
                    await far.WriteAsync(buffer.AsMemory(0, length), ending.Token);
                }
            }

            async Task AnswersAsync()
            {
                var buffer = new byte[BufferSize];
                int length;
                while ((length = await far.ReadAsync(buffer, ending.Token)) > 0 && !isAnswerLost)
                {
                    if (AnswerDelay is var delay && delay > TimeSpan.Zero)
                        await Task.Delay(delay, ending.Token);
                    await near.WriteAsync(buffer.AsMemory(0, length), ending.Token);
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The one side is gone; so is the other with the end of this.
        }
    }
}
