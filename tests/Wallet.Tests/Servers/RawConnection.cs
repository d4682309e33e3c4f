using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Wallet.Tests.Servers;

/// <summary>A connection to a service on which bytes are sent as they are, and answers are read by the letter. For one caller at a time.</summary>
public sealed class RawConnection : IAsyncDisposable
{
    private const int LineBytesMax = 16_384;

    /// <summary>How long an answer, or the end of a connection, is waited for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[65_536];
    private int _begin;
    private int _end;

    private RawConnection(Socket socket) => _socket = socket;

    public static async Task<RawConnection> OpenAsync(Uri address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address.Host, address.Port);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        return new RawConnection(socket);
    }

    /// <summary>Sends text with a byte for each character (ISO 8859-1).</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (bytes.Length > 0)
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, patience.Token)..];
    }

    /// <summary>Sends what may go into a connection that the other side has closed.</summary>
    /// <returns>Whether it was taken.</returns>
    public async Task<bool> TrySendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await SendAsync(bytes);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Reads the next answer.</summary>
    /// <param name="method">What was asked for: the answer to a HEAD has no body.</param>
    /// <returns>The answer, or null where the service has closed the connection instead.</returns>
    /// <exception cref="InvalidDataException">What came is no answer.</exception>
    /// <exception cref="OperationCanceledException">Nothing came.</exception>
    public async Task<RawAnswer?> ReadAsync(string method = "GET")
    {
        using var patience = new CancellationTokenSource(Patience);
        if (_begin == _end && !await FillAsync(patience.Token))
            return null;
        var (status, headers) = await ReadHeadAsync(patience.Token);
        var answer = new RawAnswer(status, headers, []);
        var hasContent = method != "HEAD" && status is not (204 or 304);
        return hasContent ? answer with { Content = await ReadContentAsync(answer, patience.Token) } : answer;
    }

    /// <summary>Reads an answer that is none yet, such as 100: come on.</summary>
    /// <returns>Its status.</returns>
    public async Task<int> ReadInterimAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        return (await ReadHeadAsync(patience.Token)).Status;
    }

    /// <summary>Whether the service closes the connection, with nothing more on it.</summary>
    public async Task<bool> IsClosedAsync() => await ReadAsync() is null;

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(int Status, List<(string Name, string Value)> Headers)> ReadHeadAsync(CancellationToken cancellationToken)
    {
        var line = await ReadLineAsync(cancellationToken);
        if (line.Length < 13 || !line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || line[12] != ' '
            || !int.TryParse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            throw new InvalidDataException($"This is no status line: {line}");
        }

        var headers = new List<(string, string)>();
        while ((line = await ReadLineAsync(cancellationToken)).Length > 0)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line[..colon].Any(static c => c is <= ' ' or >= '\x7f'))
                throw new InvalidDataException($"This is no header: {line}");
            headers.Add((line[..colon], line[(colon + 1)..].Trim()));
        }

        return (status, headers);
    }

    private async Task<byte[]> ReadContentAsync(RawAnswer answer, CancellationToken cancellationToken)
    {
        if (answer.Header("Transfer-Encoding") == "chunked")
            return await ReadChunksAsync(cancellationToken);
        if (answer.Header("Content-Length") is { } length)
            return await ReadBytesAsync(int.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture), cancellationToken);
        if (!answer.Closes)
            throw new InvalidDataException("The answer does not say where it ends.");

        using var rest = new MemoryStream();
        do
        {
            rest.Write(_buffer, _begin, _end - _begin);
            _begin = _end;
        }
        while (await FillAsync(cancellationToken));
        return rest.ToArray();
    }

    private async Task<byte[]> ReadChunksAsync(CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        while (true)
        {
            var size = int.Parse(await ReadLineAsync(cancellationToken), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            content.Write(await ReadBytesAsync(size, cancellationToken));
            if ((await ReadLineAsync(cancellationToken)).Length > 0)
                throw new InvalidDataException("A chunk is longer than it said.");
            if (size == 0)
                return content.ToArray();
        }
    }

    private async Task<byte[]> ReadBytesAsync(int count, CancellationToken cancellationToken)
    {
        var bytes = new byte[count];
        for (var read = 0; read < count;)
        {
            if (_begin == _end && !await FillAsync(cancellationToken))
                throw new InvalidDataException("The connection ended within an answer.");
            var part = Math.Min(count - read, _end - _begin);
            _buffer.AsSpan(_begin, part).CopyTo(bytes.AsSpan(read));
            _begin += part;
            read += part;
        }

        return bytes;
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_begin == _end && !await FillAsync(cancellationToken))
                throw new InvalidDataException($"The connection ended within a line: {line}");
            var c = (char)_buffer[_begin++];
            if (c == '\n' && line is [.., '\r'])
                return line.ToString(0, line.Length - 1);
            if (line.Length == LineBytesMax)
                throw new InvalidDataException($"A line without an end: {line}");
            line.Append(c);
        }
    }

    /// <returns>False where nothing more comes, because the other side closed in order or not.</returns>
    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        try
        {
            _begin = 0;
            _end = await _socket.ReceiveAsync(_buffer, SocketFlags.None, cancellationToken);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
        {
            _end = 0;
        }

        return _end > 0;
    }
}

/// <summary>An answer as it came.</summary>
public sealed record RawAnswer(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Content)
{
    public string Text => Encoding.UTF8.GetString(Content);

    /// <summary>Whether the connection ends with it.</summary>
    public bool Closes => string.Equals(Header("Connection"), "close", StringComparison.OrdinalIgnoreCase);

    /// <summary>The value of a header, those of several joined; null where there is none.</summary>
    public string? Header(string name)
    {
        var values = Headers.Where(h => string.Equals(h.Name, name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).ToArray();
        return values.Length == 0 ? null : string.Join(", ", values);
    }
}
