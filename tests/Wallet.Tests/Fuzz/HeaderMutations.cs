namespace Wallet.Tests.Fuzz;

/// <summary>What can be wrong with headers.</summary>
internal static class HeaderMutations
{
    private const string Key = "Idempotency-Key";
    private const string Authorization = "Authorization";

    private static readonly string[] Keys =
    [
        "", " ", "\"\"", "\"", "\"a", "a\"", "\"a\"b", "\"a\" b", "\"a\\\"b\"", "\"a\\\\\"", "\"a\\b\"", "a,b", "\"a,b\"", "\"a\", \"b\"", "a;b=c", "\"a\";b=c", "key-1", "\"key-1\"", " key-1 ", "KEY-1", "?1", ":YWJj:", "1", "-1", "'a'", "a\tb", "null", "*", "%00",
        new('k', 255), new('k', 256), $"\"{new string('k', 255)}\"", $"\"{new string('k', 256)}\"", $"\"{string.Concat(Enumerable.Repeat("\\\"", 255))}\"", new('k', 8_000), "~", "!", "<script>", "' OR 1=1 --",
    ];

    private static readonly string[] Tokens =
    [
        "", "Bearer", "Bearer ", "bearer x", "BEARER x", "Bearer  x", "Bearer\tx", "Bearer x y", "Bearer x,y", "Bearer \"x\"", "Bearer x=", "Bearer ===", "Bearer %00", "Bearer ../../x", "Bearer *", "Basic eDp5", "Basic", "Digest username=\"x\"", "Negotiate x", "Token x", "x",
        "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4Iiwic2NvcGUiOiJ3YWxsZXQifQ.x", "Bearer e30.e30.e30", "Bearer bnVsbA.bnVsbA.", "Bearer IlxkODAwIg.e30.",
        $"Bearer {new string('t', 4_096)}", $"Bearer {new string('t', 4_097)}", $"Bearer {new string('t', 8_000)}", "Bearer wallet:session:*", "Bearer x\t", ", Bearer x",
    ];

    private static readonly (string Name, string Value)[] Others =
    [
        ("Accept", "text/html"), ("Accept", "application/xml;q=1, */*;q=0"), ("Accept", ""), ("Accept", "\"\\"), ("Accept-Encoding", "gzip, br, *;q=0"), ("Accept-Charset", "utf-16"), ("Accept-Language", "xx-yy;q=2"),
        ("Range", "bytes=0-1"), ("Range", "bytes=9-1"), ("If-None-Match", "*"), ("If-Match", "\"x\""), ("If-Modified-Since", "x"), ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"), ("Expect", "x"),
        ("X-HTTP-Method-Override", "DELETE"), ("X-HTTP-Method", "PUT"), ("X-Original-URL", "/v1/accounts"), ("X-Rewrite-URL", "/health/ready"), ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Prefix", "/evil"), ("Forwarded", "for=127.0.0.1;host=evil.example"), ("X-Real-IP", "::1"), ("Origin", "https://evil.example"), ("Origin", "null"), ("Referer", "https://evil.example/"), ("Cookie", "a=b; session=admin"), ("X-User-Id", "house"), ("X-Scopes", "admin"),
        ("Access-Control-Request-Method", "DELETE"), ("Upgrade", "websocket"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk"), ("Connection", "keep-alive"), ("Connection", "Upgrade"), ("Connection", "Authorization"), ("Connection", "x, y, z"), ("TE", "trailers"), ("Trailer", "Authorization"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("traceparent", "00-00000000000000000000000000000000-0000000000000000-00"), ("traceparent", "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01"), ("traceparent", "ff-x"), ("traceparent", ""),
        ("tracestate", "a=b,c=d"), ("tracestate", new('t', 5_000)), ("baggage", "a=b;c,d=%00"), ("Request-Id", "|a.b."), ("Request-Id", new('r', 1_000)), ("Correlation-Context", "a=b"), ("X-Request-Id", "x\ty"),
        ("Host", "evil.example"), ("Content-MD5", "x"), ("Digest", "sha-256=x"), ("Cache-Control", "only-if-cached"), ("Pragma", "no-cache"), ("Max-Forwards", "0"), ("From", "@"), ("Sec-Fetch-Site", "cross-site"), ("X_Underscore", "a"), ("X-Content-Length", "5"), ("Proxy", "http://evil.example"),
    ];

    private static readonly string[] NoValues = ["\0", "a\0b", "\u0001", "\u007f", "a\rb", "a\r\n b", "\r\n\tb", "\u00e4", "\u00ff", OddValues.InUtf8("ä"), OddValues.InUtf8("\u202e"), OddValues.InUtf8("😀"), "\u00c0\u00af", "a\nX: b"];

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("no token", static (request, _) => request.WithoutHeader(Authorization) with { User = null }),
        new("another token", static (request, context) => request.ReplaceHeader(Authorization, context.Pick(Tokens)) with { User = null }),
        new("the token twice", static (request, _) => request.User is { } user ? request.WithHeader(Authorization, $"Bearer {user.Token}") with { User = null } : null),
        new("two tokens", static (request, context) => request.HasHeader(Authorization)
            ? request.WithHeader(Authorization, $"Bearer {context.Pick(context.Users).Token}") with { User = null }
            : null),
        new("a token that is nearly right", static (request, context) => request.User is { } user
            ? request.ReplaceHeader(Authorization, $"Bearer {Nearly(user.Token, context.Random)}") with { User = null }
            : null),
        new("the token in another way", static (request, _) => request.User is { } user ? request.ReplaceHeader(Authorization, $"bEARER   {user.Token}  ") : null),
        new("another key", static (request, context) => request.ReplaceHeader(Key, context.Pick(Keys))),
        new("two keys", static (request, context) => request.WithHeader(Key, context.Pick(Keys))),
        new("the key twice", static (request, context) => request.ReplaceHeader(Key, "key-1").WithHeader(Key, "key-1")),
        new("no key", static (request, _) => request.WithoutHeader(Key)),
        new("a further header", static (request, context) =>
        {
            var (name, value) = context.Pick(Others);
            return name == "Host" ? request.ReplaceHeader(name, value) : request.WithHeader(name, value);
        }),
        new("several further headers", static (request, context) =>
            Enumerable.Range(0, 5).Select(_ => context.Pick(Others)).Where(static h => h.Name != "Host").Aggregate(request, static (r, h) => r.WithHeader(h.Name, h.Value))),
        new("headers in another order", static (request, context) => request with { Headers = [.. request.Headers.OrderBy(_ => context.Random.Next())] }),
        new("header names in capitals", static (request, _) => request with { Headers = [.. request.Headers.Select(static h => (h.Name.ToUpperInvariant(), h.Value))] }),
        new("a value that no header has", static (request, context) =>
            request.ReplaceHeader(context.Pick([Key, "X-A", "Accept", "Content-Type", "traceparent"]), context.Pick(NoValues)) with { MayBeNoHttp = true }),
        new("a token that no header has", static (request, context) => request.ReplaceHeader(Authorization, $"Bearer {context.Pick(NoValues)}") with { MayBeNoHttp = true, User = null }),
        new("a name that no header has", static (request, context) => request.WithHeader(context.Pick(["", "a b", "a\0", "\u00e4", "a\t", "(a)", "Host"]), "a") with { MayBeNoHttp = true }),
        new("many headers", static (request, context) =>
            Enumerable.Range(0, context.Pick([50, 100])).Aggregate(request, static (r, i) => r.WithHeader($"X-{i}", "a")) with { MayBeNoHttp = true }),
        new("large headers", static (request, context) => request.WithHeader("X-A", new string('a', context.Pick([8_000, 17_000]))) with { MayBeNoHttp = true }),
    ];

    private static string Nearly(string token, Random random) => random.Next(4) switch
    {
        0 => token[..^1],
        1 => token + "=",
        2 => string.Concat(token.Select(static c => char.IsAsciiLetter(c) ? (char)(c ^ 0x20) : c)) + "x",
        _ => token + token,
    };
}
