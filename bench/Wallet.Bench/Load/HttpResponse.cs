using System.Buffers.Text;
using System.Text;

namespace Wallet.Bench.Load;

/// <summary>As much of HTTP/1.1 as an answer of the API needs: the status, and where it ends. Pure.</summary>
internal static class HttpResponse
{
    // "HTTP/1.1 200"
    private const int StatusAt = 9;
    private const int StatusLength = 3;

    /// <summary>Looks for a whole answer at the beginning of what was received.</summary>
    /// <param name="received">What has come so far.</param>
    /// <param name="status">The status.</param>
    /// <param name="length">The length of the answer with its headers, in bytes.</param>
    /// <returns>Whether it is there to its end.</returns>
    /// <exception cref="InvalidDataException">It is no such answer.</exception>
    public static bool TryParse(ReadOnlySpan<byte> received, out int status, out int length)
    {
        status = length = 0;
        var headLength = received.IndexOf("\r\n\r\n"u8);
        if (headLength < 0)
            return false;
        var head = received[..headLength];
        if (!head.StartsWith("HTTP/1.1 "u8) || head.Length < StatusAt + StatusLength
            || !Utf8Parser.TryParse(head.Slice(StatusAt, StatusLength), out status, out var digits) || digits != StatusLength)
        {
            throw new InvalidDataException("This is no HTTP/1.1 response.");
        }

        var body = received[(headLength + 4)..];
        var (contentLength, isChunked) = ReadHeaders(head);
        var bodyLength = isChunked ? ChunkedLength(body) : contentLength <= body.Length ? contentLength : -1;
        if (bodyLength < 0)
            return false;
        length = headLength + 4 + bodyLength;
        return true;
    }

    private static (int ContentLength, bool IsChunked) ReadHeaders(ReadOnlySpan<byte> head)
    {
        var contentLength = 0;
        var isChunked = false;
        for (var end = head.IndexOf("\r\n"u8); end >= 0; end = head.IndexOf("\r\n"u8))
        {
            head = head[(end + 2)..];
            if (IsNamed(head, "content-length:"u8))
                contentLength = ReadNumber(head["content-length:".Length..].TrimStart((byte)' '), 'D');
            else if (IsNamed(head, "transfer-encoding:"u8))
                isChunked = true;
        }

        return (contentLength, isChunked);
    }

    /// <returns>The length of all chunks with what is around them; below zero where the last one has not come.</returns>
    private static int ChunkedLength(ReadOnlySpan<byte> body)
    {
        for (var at = 0; ;)
        {
            var lineLength = body[at..].IndexOf("\r\n"u8);
            if (lineLength < 0)
                return -1;
            var size = ReadNumber(body.Slice(at, lineLength), 'X');
            at += lineLength + 2 + size + 2;
            if (at > body.Length)
                return -1;
            if (size == 0)
                return at;
        }
    }

    private static int ReadNumber(ReadOnlySpan<byte> text, char format) =>
        Utf8Parser.TryParse(text, out int number, out _, format) && number >= 0 ? number : throw new InvalidDataException("A length in the response is no number.");

    private static bool IsNamed(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.Length >= name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name);
}
