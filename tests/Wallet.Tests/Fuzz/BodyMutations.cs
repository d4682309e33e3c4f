using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;

namespace Wallet.Tests.Fuzz;

/// <summary>What can be wrong with a body.</summary>
internal static class BodyMutations
{
    private static readonly byte[][] Garbage = [.. new[] { "{}", "]", "}", ",", "null", "//", "/* */", "\0", "\u001a", "a=b&c=d", "<a/>" }.Select(Encoding.UTF8.GetBytes)];

    private static readonly string[] ContentTypes =
    [
        "", "application/json; charset=utf-8", "application/json;charset=\"utf-8\"", "application/json; charset=utf-16", "application/json; charset=", "application/json; charset", "application/json; charset=\"", "application/json; charset=utf-8; charset=utf-16",
        "application/json; charset=iso-8859-1", "application/json; charset=utf-7", "application/json; charset=%s", "application/problem+json", "application/vnd.api+json", "APPLICATION/JSON", "application/*", "*/*", "text/json", "text/plain", "text/html",
        "multipart/form-data; boundary=a", "application/x-www-form-urlencoded", "application/xml", "application/json, text/plain", "application/json;", ";", "json", "application/json; a=\"\\\"", "application/json\tx", $"application/json; a={new string('a', 4_000)}",
    ];

    private static readonly string[] Codings = ["gzip", "x-gzip", "deflate", "br", "zstd", "identity", "chunked", "", "gzip, gzip", "*", "aes128gcm"];

    public static IReadOnlyList<Mutation> All { get; } =
    [
        Value("a number at a border", static context => new JsonToken(context.Pick(OddValues.Numbers))),
        Value("another type", static context => new JsonToken(context.Pick(OddValues.Literals))),
        Value("an odd string", static context => new JsonToken(context.Pick(OddValues.Strings))),
        Value("a string that is not UTF-8", static context => new JsonToken(context.Pick(OddValues.RawStrings))),
        Value("nested deeply", static context => Nested(context.Pick([2, 7, 8, 9, 65, 3_000]))),
        new("wrapped", static (request, context) => Changed(request, context, node => context.Random.Next(2) == 0
            ? new JsonArrayText([node])
            : new JsonObjectText([(new JsonToken("\"value\""), node)]))),
        Member("a member left out", static (members, context) => members.IsEmpty ? members : members.RemoveAt(context.Random.Next(members.Count))),
        Member("a member twice", static (members, context) => members.IsEmpty ? members : members.Insert(context.Random.Next(members.Count + 1), context.Pick(members))),
        Member("a member twice with another value", static (members, context) => members.IsEmpty ? members : members.Add((context.Pick(members).Name, new JsonToken(context.Pick(OddValues.Numbers))))),
        Member("a member twice, once with its name escaped", static (members, context) =>
            members.IsEmpty ? members : context.Pick(members) is var (name, value) ? members.Add((Escaped(name), value)) : members),
        Member("an unknown member", static (members, context) => members.Insert(context.Random.Next(members.Count + 1), (new JsonToken(context.Pick(OddValues.Names)), new JsonToken(context.Pick(OddValues.Literals))))),
        Member("a member in capitals", static (members, context) =>
        {
            if (members.IsEmpty)
                return members;
            var i = context.Random.Next(members.Count);
            return members.SetItem(i, (new JsonToken(Encoding.UTF8.GetString(members[i].Name.Bytes).ToUpperInvariant()), members[i].Value));
        }),
        Member("members in another order", static (members, context) => [.. members.OrderBy(_ => context.Random.Next())]),
        Member("many members", static (members, context) => members.AddRange(Enumerable.Range(0, 500).Select(static i => (new JsonToken($"\"m{i}\""), (JsonText)new JsonToken("1"))))),
        Bytes("cut off", static (bytes, context) => bytes[..context.Random.Next(bytes.Length + 1)]),
        Bytes("a byte changed", static (bytes, context) => bytes.Length == 0 ? bytes : [.. bytes[..^1].Select((b, i) => i == bytes.Length / 2 ? (byte)context.Random.Next(256) : b), bytes[^1]]),
        Bytes("bytes put in", static (bytes, context) =>
        {
            var at = context.Random.Next(bytes.Length + 1);
            return [.. bytes[..at], (byte)context.Random.Next(256), (byte)context.Random.Next(256), .. bytes[at..]];
        }),
        Bytes("something after it", static (bytes, context) => [.. bytes, .. context.Pick(Garbage)]),
        Bytes("something before it", static (bytes, context) => [.. context.Pick(Garbage), .. bytes]),
        Bytes("a byte order mark", static (bytes, _) => [0xEF, 0xBB, 0xBF, .. bytes]),
        Bytes("UTF-16", static (bytes, context) =>
        {
            var encoding = context.Random.Next(2) == 0 ? Encoding.Unicode : Encoding.BigEndianUnicode;
            return [.. context.Random.Next(2) == 0 ? encoding.GetPreamble() : [], .. encoding.GetBytes(Encoding.UTF8.GetString(bytes))];
        }),
        Bytes("UTF-32", static (bytes, _) => [.. Encoding.UTF32.GetPreamble(), .. Encoding.UTF32.GetBytes(Encoding.UTF8.GetString(bytes))]),
        Bytes("too large", static (bytes, context) => [.. bytes, .. Enumerable.Repeat((byte)' ', context.Pick([16_384, 20_000, 60_000]))]),
        Bytes("as large as may be", static (bytes, _) => [.. bytes, .. Enumerable.Repeat((byte)' ', Math.Max(0, 16_384 - bytes.Length))]),
        Bytes("nothing", static (_, _) => []),
        Bytes("no object", static (_, context) => Encoding.UTF8.GetBytes(context.Pick(OddValues.Literals))),
        Bytes("compressed", static (bytes, _) =>
        {
            using var stream = new MemoryStream();
            using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
                gzip.Write(bytes);
            return stream.ToArray();
        }),
        new("a body where none is taken", static (request, context) => request.Body is null ? request with { Bytes = [.. context.Pick(Garbage)] } : null),
        new("in chunks", static (request, context) => request.Body is { Length: > 0 } ? request with { Chunk = context.Pick([1, 2, 7, 100, 5_000]) } : null),
        new("another content type", static (request, context) => request.ReplaceHeader("Content-Type", context.Pick(ContentTypes))),
        new("no content type", static (request, _) => request.WithoutHeader("Content-Type")),
        new("two content types", static (request, context) => request.WithHeader("Content-Type", context.Pick(ContentTypes))),
        new("a content coding", static (request, context) => request.ReplaceHeader("Content-Encoding", context.Pick(Codings))),
    ];

    private static Mutation Value(string name, Func<MutationContext, JsonText> value) =>
        new(name, (request, context) => Changed(request, context, _ => value(context)));

    private static Mutation Member(string name, Func<ImmutableList<(JsonToken Name, JsonText Value)>, MutationContext, ImmutableList<(JsonToken Name, JsonText Value)>> change) => new(
        name,
        (request, context) => request.Json?.ChangeObject(context.Random, o => new JsonObjectText(change(o.Members, context))) is { } json ? request with { Json = json } : null);

    private static Mutation Bytes(string name, Func<byte[], MutationContext, byte[]> change) =>
        new(name, (request, context) => request.Body is { } body ? request with { Bytes = [.. change(body, context)] } : null);

    private static FuzzRequest? Changed(FuzzRequest request, MutationContext context, Func<JsonText, JsonText> change) =>
        request.Json is { } json ? request with { Json = json.ChangeSomewhere(context.Random, change) } : null;

    private static JsonToken Nested(int levels) => new($"{string.Concat(Enumerable.Repeat("[{\"a\":", levels / 2))}1{string.Concat(Enumerable.Repeat("}]", levels / 2))}");

    /// <summary>The same name with its first letter escaped.</summary>
    private static JsonToken Escaped(JsonToken name) =>
        Encoding.UTF8.GetString(name.Bytes) is ['"', var first and not ('"' or '\\'), .. var rest] ? new JsonToken($"\"\\u{(int)first:x4}{rest}") : name;
}
