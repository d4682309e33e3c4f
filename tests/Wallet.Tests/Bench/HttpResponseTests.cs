using System.Text;
using Wallet.Bench.Load;

namespace Wallet.Tests.Bench;

public sealed class HttpResponseTests
{
    private const string Next = "HTTP/1.1 500 Internal Server Error\r\n";

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nDate: today\r\n\r\nbody", 200)]
    [InlineData("HTTP/1.1 201 Created\r\ncontent-length:2\r\n\r\n{}", 201)]
    [InlineData("HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n", 204)]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nCONTENT-LENGTH: 0\r\n\r\n", 503)]
    [InlineData("HTTP/1.1 422 Unprocessable\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 422)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n2\r\n\r\n\r\n0\r\n\r\n", 200)]
    public void An_answer_is_there_with_its_last_byte_and_not_before(string answer, int status)
    {
        var bytes = Encoding.ASCII.GetBytes(answer);
        for (var length = 0; length < bytes.Length; length++)
            Assert.False(HttpResponse.TryParse(bytes.AsSpan(0, length), out _, out _), $"after {length} bytes");

        Assert.True(HttpResponse.TryParse(bytes, out var read, out var whole));
        Assert.Equal((status, bytes.Length), (read, whole));
        Assert.True(HttpResponse.TryParse(Encoding.ASCII.GetBytes(answer + Next), out read, out whole));
        Assert.Equal((status, bytes.Length), (read, whole));
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n")]
    [InlineData("HTTP/1.1 2x0 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n")]
    public void What_is_no_answer_is_refused(string text) =>
        Assert.Throws<InvalidDataException>(() => HttpResponse.TryParse(Encoding.ASCII.GetBytes(text), out _, out _));
}
