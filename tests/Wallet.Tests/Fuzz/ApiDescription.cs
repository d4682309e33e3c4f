using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;

namespace Wallet.Tests.Fuzz;

/// <summary>The API as its own OpenAPI document describes it: all that the fuzzer knows of it.</summary>
internal sealed partial class ApiDescription
{
    private const string SchemasPointer = "#/components/schemas/";

    private readonly JsonElement _schemas;
    private readonly string _definitions;

    public ApiDescription(string document)
    {
        var root = JsonSerializer.Deserialize<JsonElement>(document);
        _schemas = root.GetProperty("components").GetProperty("schemas");
        _definitions = AsDefinitions(_schemas.GetRawText());
        Operations = [.. root.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(method => Read(path.Name, method)))];
    }

    public IReadOnlyList<ApiOperation> Operations { get; }

    /// <summary>The operation that a method on an operation's path is, or null where there is none. The service does not mind the case of a method.</summary>
    public ApiOperation? Find(string method, string path) => Operations.FirstOrDefault(o => o.Method.Equals(method, StringComparison.OrdinalIgnoreCase) && o.Path == path);

    /// <summary>The operation that the service may take a request for although the document writes its path otherwise: in small letters, with nothing escaped and no slash at the end.</summary>
    public ApiOperation? FindAlike(string method, string path)
    {
        var parts = Uri.UnescapeDataString(path.Replace("http://wallet", "", StringComparison.Ordinal)).TrimEnd('/').Split('/');
        return Operations.FirstOrDefault(o => o.Method.Equals(method, StringComparison.OrdinalIgnoreCase) && IsAlike(o.Path.Split('/'), parts));
    }

    private static bool IsAlike(string[] template, string[] parts) =>
        template.Length == parts.Length && template.Zip(parts).All(static p => p.First is ['{', ..] || p.First.Equals(p.Second, StringComparison.OrdinalIgnoreCase));

    /// <summary>A schema with its reference followed.</summary>
    public JsonElement Resolve(JsonElement schema) =>
        schema.TryGetProperty("$ref", out var reference) ? Resolve(_schemas.GetProperty(reference.GetString()![SchemasPointer.Length..])) : schema;

    private ApiOperation Read(string path, JsonProperty method)
    {
        var operation = method.Value;
        JsonElement? body = operation.TryGetProperty("requestBody", out var request) ? request.GetProperty("content").GetProperty("application/json") : null;
        return new ApiOperation
        {
            Method = method.Name.ToUpperInvariant(),
            Path = path,
            Parameters = operation.TryGetProperty("parameters", out var parameters) ? [.. parameters.EnumerateArray().Select(ReadParameter)] : [],
            Body = body?.GetProperty("schema"),
            Example = body is { } media && media.TryGetProperty("example", out var example) ? example : null,
            Answers = operation.GetProperty("responses").EnumerateObject()
                .ToDictionary(static r => int.Parse(r.Name, CultureInfo.InvariantCulture), r => ReadAnswer($"{method.Name}{path}/{r.Name}", r.Value)),
        };
    }

    private static ApiParameter ReadParameter(JsonElement parameter) => new(
        parameter.GetProperty("name").GetString()!,
        parameter.GetProperty("in").GetString()!,
        parameter.TryGetProperty("required", out var required) && required.GetBoolean(),
        parameter.GetProperty("schema"));

    private ApiAnswer ReadAnswer(string name, JsonElement answer)
    {
        var codes = CodeInText().Matches(answer.TryGetProperty("description", out var description) ? description.GetString()! : "").Select(static m => m.Groups[1].Value).ToHashSet();
        if (!answer.TryGetProperty("content", out var content))
            return new ApiAnswer(codes, null, null);

        var media = content.EnumerateObject().Single();
        var schema = JsonNode.Parse(AsDefinitions(media.Value.GetProperty("schema").GetRawText()))!.AsObject();
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        schema["$defs"] = JsonNode.Parse(_definitions);
        return new ApiAnswer(codes, media.Name, JsonSchema.FromText(
            schema.ToJsonString(), new BuildOptions { SchemaRegistry = new SchemaRegistry() }, new Uri($"https://wallet.example/schemas/{Uri.EscapeDataString(name)}")));
    }

    private static string AsDefinitions(string json) => json.Replace(SchemasPointer, "#/$defs/", StringComparison.Ordinal);

    [GeneratedRegex("`([a-z_]+)`")]
    private static partial Regex CodeInText();
}

/// <summary>A method on a path.</summary>
internal sealed record ApiOperation
{
    public required string Method { get; init; }

    /// <summary>With its parameters in braces.</summary>
    public required string Path { get; init; }

    public required IReadOnlyList<ApiParameter> Parameters { get; init; }

    /// <summary>The schema of what it takes; null where it takes no body.</summary>
    public required JsonElement? Body { get; init; }

    /// <summary>A body that makes sense; null where the document has none.</summary>
    public required JsonElement? Example { get; init; }

    /// <summary>What it may answer, by status.</summary>
    public required IReadOnlyDictionary<int, ApiAnswer> Answers { get; init; }

    public override string ToString() => $"{Method} {Path}";
}

/// <param name="Name">Its name.</param>
/// <param name="In"><c>path</c>, <c>query</c> or <c>header</c>.</param>
/// <param name="IsRequired">Whether it must be given.</param>
/// <param name="Schema">Its form.</param>
internal sealed record ApiParameter(string Name, string In, bool IsRequired, JsonElement Schema);

/// <param name="Codes">The codes of the problems that may come with the status.</param>
/// <param name="MediaType">The type of its content; null where it has none.</param>
/// <param name="Schema">The form of its content.</param>
internal sealed record ApiAnswer(IReadOnlySet<string> Codes, string? MediaType, JsonSchema? Schema);
