namespace Wallet.Service.Http;

/// <summary>The problems that a call may answer with, beside those that every call may.</summary>
internal sealed record ProblemTypeList(IReadOnlyList<ProblemType> Types);

/// <summary>Marks a call that takes an <c>Idempotency-Key</c>.</summary>
internal sealed record TakesIdempotencyKey;

/// <summary>A body that works against the demonstration accounts as it is.</summary>
internal sealed record RequestExample(string Json);

/// <summary>What an answer may look like.</summary>
internal sealed record AnswerExample(string Json);

/// <summary>What an endpoint says of itself, for the checks of its query and for the API's description.</summary>
internal static class EndpointConventions
{
    /// <summary>What any call with a token may answer.</summary>
    private static readonly IReadOnlyList<ProblemType> Everywhere =
    [
        ProblemCatalog.InvalidRequest, ProblemCatalog.Unauthorized, ProblemCatalog.InvalidToken, ProblemCatalog.InsufficientScope,
        ProblemCatalog.InternalError, ProblemCatalog.DatabaseUnavailable, ProblemCatalog.SessionsUnavailable,
    ];

    private static readonly IReadOnlyList<ProblemType> WithBody = [ProblemCatalog.RequestTimeout, ProblemCatalog.BodyTooLarge, ProblemCatalog.UnsupportedMediaType];

    public static RouteHandlerBuilder WithProblems(this RouteHandlerBuilder endpoint, params ProblemType[] types) =>
        endpoint.WithMetadata(new ProblemTypeList(types));

    public static RouteHandlerBuilder WithQuery(this RouteHandlerBuilder endpoint, params QueryParameter[] parameters) =>
        endpoint.WithMetadata(new QueryParameterList(parameters));

    public static RouteHandlerBuilder WithIdempotencyKey(this RouteHandlerBuilder endpoint) =>
        endpoint.WithMetadata(new TakesIdempotencyKey());

    public static RouteHandlerBuilder WithExample(this RouteHandlerBuilder endpoint, string json) => endpoint.WithMetadata(new RequestExample(json));

    public static RouteHandlerBuilder WithAnswerExample(this RouteHandlerBuilder endpoint, string json) => endpoint.WithMetadata(new AnswerExample(json));

    /// <summary>Every problem that the endpoint may answer with.</summary>
    public static IEnumerable<ProblemType> ProblemsOf(IList<object> metadata)
    {
        var own = metadata.OfType<ProblemTypeList>().SelectMany(static list => list.Types);
        var all = own.Concat(Everywhere);
        return metadata.OfType<TakesIdempotencyKey>().Any()
            ? all.Concat(WithBody).Append(ProblemCatalog.InvalidIdempotencyKey).Append(ProblemCatalog.IdempotencyKeyRequired)
            : all;
    }
}
