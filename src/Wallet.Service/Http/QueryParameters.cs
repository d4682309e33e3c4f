using System.Globalization;
using System.Text.Json;

namespace Wallet.Service.Http;

/// <summary>A parameter that a call takes in its query. The list on the endpoint is what is accepted and what the API's description shows.</summary>
/// <param name="Name">Its name in the address.</param>
/// <param name="Description">What it does.</param>
internal abstract record QueryParameter(string Name, string Description);

/// <summary>Any text; <c>Pattern</c> is a regular expression (ECMA-262) that describes its form, which whoever reads the parameter checks.</summary>
internal sealed record TextParameter(string Name, string Description, string? Pattern = null) : QueryParameter(Name, Description);

/// <summary>An integer from <paramref name="Min"/> to <paramref name="Max"/>.</summary>
internal sealed record IntegerParameter(string Name, string Description, long Min, long Max, long? Default = null) : QueryParameter(Name, Description);

/// <summary>A moment as RFC 3339 has it, with its offset from UTC.</summary>
internal sealed record TimeParameter(string Name, string Description) : QueryParameter(Name, Description);

/// <summary>One of a few words: the names of an enum's values, in snake_case.</summary>
internal sealed record ChoiceParameter<T>(string Name, string Description) : ChoiceParameter(
    Name, Description, [.. Enum.GetNames<T>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)]) where T : struct, Enum;

/// <inheritdoc cref="ChoiceParameter{T}"/>
internal abstract record ChoiceParameter(string Name, string Description, IReadOnlyList<string> Words) : QueryParameter(Name, Description);

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

    private QueryReader(HttpContext context)
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

    /// <summary>The request's reader, the same each time.</summary>
    public static QueryReader Of(HttpContext context)
    {
        if (context.Features.Get<QueryReader>() is { } reader)
            return reader;
        reader = new QueryReader(context);
        context.Features.Set(reader);
        return reader;
    }

    /// <summary>An integer in its one form: digits alone, no sign, no zero in front.</summary>
    public static bool TryParseInteger(string text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value.ToString(CultureInfo.InvariantCulture) == text;

    /// <summary>The text of a parameter; null where it was not given.</summary>
    public string? Text(QueryParameter parameter) => _query.TryGetValue(parameter.Name, out var values) && values.Count == 1 ? values[0] : null;

    /// <summary>The integer; the parameter's default, or null, where it was not given.</summary>
    public long? Integer(IntegerParameter parameter)
    {
        if (Text(parameter) is not { } text)
            return parameter.Default;
        if (TryParseInteger(text, out var value) && value >= parameter.Min && value <= parameter.Max)
            return value;
        Refuse(parameter, parameter.Max == long.MaxValue ? $"An integer of at least {parameter.Min} is expected." : $"An integer from {parameter.Min} to {parameter.Max} is expected.");
        return null;
    }

    /// <summary>The moment, UTC; null where it was not given.</summary>
    public DateTime? Time(TimeParameter parameter)
    {
        if (Text(parameter) is not { } text)
            return null;
        // "+" arrives as a space where a client forgot to encode it.
        if (DateTimeOffset.TryParseExact(text.Replace(' ', '+'), TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var value))
            return value.UtcDateTime;
        Refuse(parameter, "A time as in RFC 3339 is expected, such as 2030-01-31T08:00:00Z.");
        return null;
    }

    /// <summary>The chosen value; null where none was given.</summary>
    public T? Choice<T>(ChoiceParameter<T> parameter) where T : struct, Enum
    {
        if (Text(parameter) is not { } text)
            return null;
        for (var i = 0; i < parameter.Words.Count; i++)
        {
            if (parameter.Words[i] == text)
                return Enum.GetValues<T>()[i];
        }

        Refuse(parameter, $"One of these is expected: {string.Join(", ", parameter.Words)}.");
        return null;
    }

    /// <summary>Adds an error that only the caller can see.</summary>
    public void Refuse(QueryParameter parameter, string detail) => _errors.Add(ProblemError.In(parameter.Name, "invalid", detail));
}
