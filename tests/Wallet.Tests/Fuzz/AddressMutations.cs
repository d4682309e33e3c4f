namespace Wallet.Tests.Fuzz;

/// <summary>What can be wrong with a method, a path and a query.</summary>
internal static class AddressMutations
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY", "PROPFIND", "get", "Post", "GETT", "X", new('M', 200)];

    private static readonly string[] Elsewhere =
    [
        "/", "/v1", "/v1/", "/v1/nothing", "/v2/balance", "/V1/balance", "//v1/balance", "/v1//balance", "/v1/balance/", "/v1/balance/x", "/v1/../v1/balance", "/v1/./balance", "/%76%31/balance", "/v1%2Fbalance", "/v1/balance%20", "/v1/balance;a=b", "/v1/Balance",
        "/v1/transfers/", "/v1/transfers/batch", "/v1/accounts/", "/v1/accounts//transactions", "/v1/accounts/%20/transactions", "/v1/accounts/1/", "/v1/accounts/1/transactions/1", "/v1/accounts/1/x", "/openapi/v1.json", "/openapi/v2.json", "/openapi/..%2f..%2fappsettings.json",
        "/docs", "/docs/", "/docs/../appsettings.json", "/docs/%2e%2e/appsettings.json", "/problems", "/problems/", "/problems/in_doubt", "/problems/%3Cscript%3E", "/problems/x%0Ay", "/health/live", "/health/ready", "/health", "/health/x", "/metrics/", "/metrics/x",
        "/appsettings.json", "/.env", "/.git/config", "/admin", "/v1/admin", "/swagger", "/favicon.ico", "/robots.txt", "/.well-known/openid-configuration", "/wallet.db", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/a?b", "/error", "http://wallet/v1/balance",
    ];

    private static readonly string[] Queries =
    [
        "?", "??", "?&", "?=", "?=a", "?a", "?a=", "?a=b", "?&&&=&", "?limit", "?limit=", "?limit=0", "?limit=101", "?limit=1&limit=1", "?limit=1&LIMIT=2", "?limit[]=1", "?limit=1;limit=2", "?limit=%31", "?limit=+1", "?limit=1%20", "?limit=1%00", "?limit=１", "?%6cimit=1",
        "?direction=in&direction=out", "?direction=IN", "?direction=in,out", "?direction=0", "?from=&to=", "?from=0001-01-01T00:00:00Z", "?from=9999-12-31T23:59:59.9999999Z", "?from=9999-12-31T23:59:59-14:00", "?to=0001-01-01T00:00:00%2B14:00", "?from=2030-01-01T00:00:00+00:00",
        "?from=2030-01-01T00:00:00.123456789Z", "?from=2030-13-01T00:00:00Z", "?to=now", "?account_id=0", "?account_id=-1", "?account_id=01", "?account_id=9223372036854775808", "?account_id=1e3", "?account_id=1&currency=SGD", "?currency=sgd", "?currency=", "?currency=SGD%00",
        "?currency=SG%44", "?currency=ＳＧＤ", "?cursor=", "?cursor=AA", "?cursor=%00", "?cursor====", "?cursor=%F0%9F%98%80", "?__proto__=1", "?a=%ED%A0%80", "?%00=1", "?a=%C0%AF", "?%=%", "?a=%zz", "?access_token=x", "?user_id=house", "#a", "?a#b",
    ];

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("another method", static (request, context) => At(request, context.Pick(Methods), request.Operation?.Path, context)),
        new("another path", static (request, context) => At(request with { Path = OddValues.InUtf8(context.Pick(Elsewhere)), MayBeNoHttp = true }, request.Method, path: null, context)),
        PathPart("an odd part of the path", static context => OddValues.InUtf8(context.Pick(OddValues.AddressParts)), mayBeNoHttp: false),
        PathPart("a part of the path that no path has", static context => context.Pick(OddValues.BrokenAddressParts), mayBeNoHttp: true),
        PathPart("a part of the path that is somebody else's", static context => Uri.EscapeDataString(context.Known.Pick(context.Pick(["account_id", "transfer_id", "user_id", "cursor"]), context.Random) ?? "x"), mayBeNoHttp: false),
        new("another query", static (request, context) => request with { Query = OddValues.InUtf8(context.Pick(Queries)) }),
        new("a parameter more", static (request, context) =>
            request with { Query = $"{(request.Query.Length == 0 ? "?" : $"{request.Query}&")}{OddValues.InUtf8(context.Pick(Queries)).TrimStart('?', '#')}" }),
        new("an odd value of a parameter", static (request, context) => request.Operation?.Parameters.Where(static p => p.In == "query").ToArray() is { Length: > 0 } parameters
            ? request with { Query = $"?{context.Pick(parameters).Name}={OddValues.InUtf8(context.Pick(OddValues.AddressParts))}" }
            : null),
        new("every parameter twice", static (request, _) => request.Query.Length > 1 ? request with { Query = $"{request.Query}&{request.Query[1..]}" } : null),
        new("many parameters", static (request, context) => request with { Query = $"?{string.Join('&', Enumerable.Range(0, context.Pick([50, 1_200])).Select(static i => $"a{i}="))}" }),
        new("a query that no query is", static (request, context) => request with { Query = $"?a={context.Pick(OddValues.BrokenAddressParts)}", MayBeNoHttp = true }),
        new("a cursor that is nearly right", static (request, context) => context.Known.Pick("cursor", context.Random) is { Length: > 2 } cursor && TakesCursor(request)
            ? request with { Query = $"?cursor={Uri.EscapeDataString(Nearly(cursor, context.Random))}" }
            : null),
        new("somebody's cursor", static (request, context) => context.Known.Pick("cursor", context.Random) is { } cursor && TakesCursor(request)
            ? request with { Query = $"?cursor={Uri.EscapeDataString(cursor)}" }
            : null),
        new("a long address", static (request, context) => request with { Query = $"?a={new string('a', context.Pick([7_000, 9_000]))}", MayBeNoHttp = true }),
        new("the whole address", static (request, _) => request.Path is ['/', not '/', ..] ? request with { Path = $"http://wallet{request.Path}", MayBeNoHttp = true } : null),
    ];

    private static bool TakesCursor(FuzzRequest request) => request.Operation?.Parameters.Any(static p => p.Name == "cursor") == true;

    private static Mutation PathPart(string name, Func<MutationContext, string> part, bool mayBeNoHttp) => new(name, (request, context) =>
    {
        if (request.Operation is not { } operation || !operation.Path.Contains('{', StringComparison.Ordinal))
            return null;
        var parts = operation.Path.Split('/').Select(p => p is ['{', ..] ? part(context) : p);
        return request with { Path = string.Join('/', parts), MayBeNoHttp = request.MayBeNoHttp || mayBeNoHttp };
    });

    private static FuzzRequest At(FuzzRequest request, string method, string? path, MutationContext context) =>
        request with { Method = method, Operation = path is null ? null : context.Description.Find(method, path) };

    private static string Nearly(string cursor, Random random)
    {
        var i = random.Next(cursor.Length);
        return random.Next(4) switch
        {
            0 => cursor[..i],
            1 => $"{cursor}=",
            2 => $"{cursor[..i]}{(cursor[i] == 'A' ? 'B' : 'A')}{cursor[(i + 1)..]}",
            _ => cursor.ToUpperInvariant(),
        };
    }
}
