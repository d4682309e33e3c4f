using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Wallet.Bench.Data;

namespace Wallet.Bench.Load;

/// <summary>How many accounts there are, and how many of their owners act.</summary>
/// <param name="Accounts">All of them; any may be paid.</param>
/// <param name="Users">The first of them, who are signed in.</param>
internal sealed record Population(long Accounts, long Users);

/// <summary>Writes the requests of one connection. The same seed gives the same users in the same order. Not thread-safe.</summary>
/// <param name="scenario">What is asked for.</param>
/// <param name="population">Who may ask.</param>
/// <param name="seed">Where chance begins.</param>
internal sealed class RequestWriter(Scenario scenario, Population population, int seed)
{
    private const string TokenPrefix = "bench-";
    private const int TokenDigits = 9;

    // No two runs share a key, whatever data they meet.
    private static readonly byte[] RunKey = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(16, lowercase: true));
    private static long _keys;

    private readonly Random _random = new(seed);

    /// <summary>The bearer token of a user.</summary>
    public static string TokenOf(long user) => TokenPrefix + user.ToString($"D{TokenDigits}", null);

    /// <summary>Writes the next request.</summary>
    /// <returns>What it asks for, and its length in bytes.</returns>
    public (RequestKind Kind, int Length) Write(Span<byte> buffer)
    {
        var kind = NextKind();
        var writer = new Utf8Writer(buffer);
        switch (kind)
        {
            case RequestKind.Transfer:
                WriteTransfer(ref writer);
                break;
            case RequestKind.Balance:
                WriteRead(ref writer, "GET /v1/balance HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer "u8);
                break;
            case RequestKind.History:
                WriteRead(ref writer, "GET /v1/transactions HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer "u8);
                break;
        }

        return (kind, writer.Length);
    }

    private RequestKind NextKind()
    {
        var mix = scenario.Mix;
        var at = mix.Sum == 1 ? 0 : _random.Next(mix.Sum);
        return at < mix.Transfers ? RequestKind.Transfer
            : at < mix.Transfers + mix.Balances ? RequestKind.Balance
            : RequestKind.History;
    }

    private void WriteTransfer(ref Utf8Writer writer)
    {
        var (payer, payee) = NextPair();
        var payeeId = LoadPlan.UserId(payee);
        var bodyLength = """{"to_user_id":"","amount":1}""".Length + payeeId.Length;

        writer.Append("POST /v1/transfers HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer "u8);
        AppendToken(ref writer, payer);
        writer.Append("\r\nIdempotency-Key: "u8);
        writer.Append(RunKey);
        writer.Append(Interlocked.Increment(ref _keys), digits: 16);
        writer.Append("\r\nContent-Type: application/json\r\nContent-Length: "u8);
        writer.Append(bodyLength, digits: 1);
        writer.Append("\r\n\r\n{\"to_user_id\":\""u8);
        writer.Append(payeeId);
        writer.Append("\",\"amount\":1}"u8);
    }

    private void WriteRead(ref Utf8Writer writer, ReadOnlySpan<byte> head)
    {
        writer.Append(head);
        AppendToken(ref writer, _random.NextInt64(population.Users));
        writer.Append("\r\n\r\n"u8);
    }

    /// <summary>A payer among the users and a payee among all accounts, never the same.</summary>
    private (long Payer, long Payee) NextPair()
    {
        if (scenario.OnePayee)
            return (1 + _random.NextInt64(population.Users - 1), 0);
        var payer = scenario.OnePayer ? 0 : _random.NextInt64(population.Users);
        var payee = _random.NextInt64(population.Accounts - 1);
        return (payer, payee < payer ? payee : payee + 1);
    }

    private static void AppendToken(ref Utf8Writer writer, long user)
    {
        writer.Append("bench-"u8);
        writer.Append(user, TokenDigits);
    }

    private ref struct Utf8Writer(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;

        public int Length { get; private set; }

        public void Append(ReadOnlySpan<byte> text)
        {
            text.CopyTo(_buffer[Length..]);
            Length += text.Length;
        }

        public void Append(string ascii) => Length += Encoding.ASCII.GetBytes(ascii, _buffer[Length..]);

        public void Append(long number, int digits)
        {
            if (!Utf8Formatter.TryFormat(number, _buffer[Length..], out var written, new('D', (byte)digits)))
                throw new InvalidOperationException("The request is longer than the buffer.");
            Length += written;
        }
    }
}
