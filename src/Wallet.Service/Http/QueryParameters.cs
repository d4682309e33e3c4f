using System.Globalization;

namespace Wallet.Service.Http;

/// <summary>A parameter that a call takes in its query. The list on the endpoint is what is accepted and what the API's description shows.</summary>
/// <param name="Name">Its name in the address.</param>
/// <param name="Description">What it does.</param>
/// <param name="Type">Its JSON type.</param>
internal sealed record QueryParameter(string Name, string Description, QueryParameterType Type = QueryParameterType.Text);

internal enum QueryParameterType
{
    Text,
    Integer,
    Time,
}

/// <summary>The parameters that an endpoint takes.</summary>
internal sealed record QueryParameterList(IReadOnlyList<QueryParameter> Parameters);

/// <summary>
/// Reads a query strictly: what is misspelt, comes twice or cannot be read is an error, never ignored, since ignoring a filter shows
/// someone other data than she asked for. Collects all errors. Not thread-safe.
/// </summary>
internal sealed class QueryReader
{
    private static readonly string[] TimeFormats =
    [
        "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz",
    ];

    private readonly IQueryCollection _query;
    private readonly List<ProblemError> _errors = [];

    public QueryReader(HttpContext context)
    {
        _query = context.Request.Query;
        var known = context.GetEndpoint()?.Metadata.GetMetadata<QueryParameterList>()?.Parameters ?? [];
        foreach (var (name, values) in _query)
        {
            if (!known.Any(p => p.Name == name))
                _errors.Add(ProblemError.In(name, "unknown", "This call has no such parameter."));
            else if (values.Count != 1)
                _errors.Add(ProblemError.In(name, "invalid", "It may be given once."));
        }
    }

    /// <summary>Whether anything was wrong in what has been read so far.</summary>
    public bool HasErrors => _errors.Count > 0;

    public ProblemResult Problem => ProblemResult.Invalid(_errors);

    /// <summary>The text of a parameter; null where it was not given.</summary>
    public string? Text(string name) => _query.TryGetValue(name, out var values) && values.Count == 1 ? values[0] : null;

    /// <summary>An integer from <paramref name="min"/> to <paramref name="max"/>; null where it was not given.</summary>
    public long? Integer(string name, long min, long max)
    {
        if (Text(name) is not { } text)
            return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
            return value;
        _errors.Add(ProblemError.In(name, "invalid", max == long.MaxValue ? $"An integer of at least {min} is expected." : $"An integer from {min} to {max} is expected."));
        return null;
    }

    /// <summary>A moment as RFC 3339 has it, with its offset from UTC; null where it was not given.</summary>
    public DateTime? Time(string name)
    {
        if (Text(name) is not { } text)
            return null;
        // "+" arrives as a space where a client forgot to encode it.
        if (DateTimeOffset.TryParseExact(text.Replace(' ', '+'), TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value))
            return value.UtcDateTime;
        _errors.Add(ProblemError.In(name, "invalid", "A time as in RFC 3339 is expected, such as 2030-01-31T08:00:00Z."));
        return null;
    }

    /// <summary>One of some words; null where it was not given.</summary>
    public T? OneOf<T>(string name, params ReadOnlySpan<(string Word, T Value)> choices) where T : struct
    {
        if (Text(name) is not { } text)
            return null;
        foreach (var (word, value) in choices)
        {
            if (word == text)
                return value;
        }

        _errors.Add(ProblemError.In(name, "invalid", "This is none of its values."));
        return null;
    }

}
