using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Wallet.Tests.Fuzz;

/// <summary>Who asks.</summary>
internal sealed record FuzzUser(string Id, string Token);

/// <summary>A request in its parts, each of which can be made odd.</summary>
internal sealed record FuzzRequest
{
    /// <summary>Shorter addresses are short enough for every web server.</summary>
    private const int AddressLengthSafe = 8_000;

    public required string Method { get; init; }

    /// <summary>The path as it is sent, a character for each byte.</summary>
    public required string Path { get; init; }

    /// <summary>What comes after the path as it is sent: nothing, or from the question mark on.</summary>
    public string Query { get; init; } = "";

    /// <summary>All but those that frame the body.</summary>
    public required ImmutableList<(string Name, string Value)> Headers { get; init; }

    /// <summary>The body while it is JSON.</summary>
    public JsonText? Json { get; init; }

    /// <summary>The body when it is just bytes; goes before <see cref="Json"/>.</summary>
    public ImmutableArray<byte>? Bytes { get; init; }

    /// <summary>How many bytes each chunk of the body has; null for a body that says its length.</summary>
    public int? Chunk { get; init; }

    /// <summary>What its method and its path lead to; null where that is nothing that the document has.</summary>
    public required ApiOperation? Operation
    {
        get => IsElsewhere ? null : field;
        init;
    }

    /// <summary>Who its token signs in; null where it signs in nobody, or that is not sure.</summary>
    public required FuzzUser? User { get; init; }

    /// <summary>Whether it may be so malformed that the web server refuses it before the service sees it.</summary>
    public bool MayBeNoHttp
    {
        get => field || Path.Length + Query.Length > AddressLengthSafe || Path.Concat(Query).Any(static c => c is <= ' ' or > '~');
        init;
    }

    /// <summary>What was done to it.</summary>
    public ImmutableList<string> Mutations { get; init; } = [];

    public byte[]? Body => Bytes is { } bytes ? [.. bytes] : Json?.ToBytes();

    /// <summary>Whether its path has parts that are taken away, or what should be its query is a part of it.</summary>
    private bool IsElsewhere => Query is ['#', ..] || Path.Split('/').Any(static part => part.Replace("%2E", ".", StringComparison.OrdinalIgnoreCase) is "." or "..");

    public FuzzRequest WithHeader(string name, string value) => this with { Headers = Headers.Add((name, value)) };

    public FuzzRequest WithoutHeader(string name) => this with { Headers = Headers.RemoveAll(h => IsCalled(h.Name, name)) };

    public bool HasHeader(string name) => Headers.Exists(h => IsCalled(h.Name, name));

    /// <summary>With one header of that name in place of all there are.</summary>
    public FuzzRequest ReplaceHeader(string name, string value) => WithoutHeader(name).WithHeader(name, value);

    private static bool IsCalled(string header, string name) => header.Equals(name, StringComparison.OrdinalIgnoreCase);

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        Write($"{Method} {Path}{Query} HTTP/1.1\r\n");
        foreach (var (name, value) in Headers)
            Write($"{name}: {value}\r\n");

        var body = Body;
        if (body is not null && Chunk is { } chunk)
        {
            Write("Transfer-Encoding: chunked\r\n\r\n");
            foreach (var part in body.Chunk(chunk))
            {
                Write(string.Create(CultureInfo.InvariantCulture, $"{part.Length:x}\r\n"));
                stream.Write(part);
                Write("\r\n");
            }

            Write("0\r\n\r\n");
        }
        else
        {
            if (body is not null || Method is "POST" or "PUT")
                Write(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body?.Length ?? 0}\r\n"));
            Write("\r\n");
            stream.Write(body);
        }

        return stream.ToArray();

        void Write(string text) => stream.Write(Encoding.Latin1.GetBytes(text));
    }
}
