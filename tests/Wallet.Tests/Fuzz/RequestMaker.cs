using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Wallet.Tests.Fuzz;

/// <summary>Makes requests that keep to the document: each value has the form that its schema asks for.</summary>
/// <param name="description">The document.</param>
/// <param name="known">What anybody has seen.</param>
/// <param name="own">What who asks has seen.</param>
/// <param name="random">Decides.</param>
internal sealed class RequestMaker(ApiDescription description, KnownValues known, KnownValues own, Random random)
{
    private const int KeysInUse = 40;

    public FuzzRequest Make(ApiOperation operation, FuzzUser user)
    {
        var path = operation.Path;
        var query = new List<string>();
        var headers = ImmutableList.Create(("Host", "wallet"), ("Authorization", $"Bearer {user.Token}"));
        foreach (var parameter in operation.Parameters)
        {
            switch (parameter.In)
            {
                case "path":
                    var value = Text(KnownValues.NameOf(path, parameter.Name), parameter.Schema);
                    path = path.Replace($"{{{parameter.Name}}}", Uri.EscapeDataString(value is "" or "." or ".." ? "0" : value), StringComparison.Ordinal);
                    break;
                case "query" when parameter.IsRequired || random.Next(4) == 0:
                    query.Add($"{parameter.Name}={Uri.EscapeDataString(Text(parameter.Name, parameter.Schema))}");
                    break;
                case "header" when parameter.IsRequired || random.Next(3) > 0:
                    // Few enough that they come again, with the same request or another one.
                    headers = headers.Add((parameter.Name, string.Create(CultureInfo.InvariantCulture, $"key-{random.Next(KeysInUse)}{(random.Next(2) == 0 ? "" : $"-{random.Next():x}")}")));
                    break;
            }
        }

        var request = new FuzzRequest
        {
            Method = operation.Method,
            Path = path,
            Query = query.Count == 0 ? "" : $"?{string.Join('&', query)}",
            Headers = headers,
            Operation = operation,
            User = user,
        };
        return operation.Body is { } schema ? request.WithHeader("Content-Type", "application/json") with { Json = Body(schema, operation.Example) } : request;
    }

    /// <summary>Of the schema's form; half of the time with the members of the example alone, since not all that has the form makes sense.</summary>
    private JsonText Body(JsonElement schema, JsonElement? example)
    {
        var names = example is { ValueKind: JsonValueKind.Object } && random.Next(2) == 0 ? example.Value.EnumerateObject().Select(static m => m.Name).ToHashSet() : null;
        return names is null ? Value("", schema) : Object(description.Resolve(schema), names.Contains);
    }

    private string Text(string name, JsonElement schema)
    {
        var json = JsonSerializer.Deserialize<JsonElement>(Value(name, schema).ToBytes());
        return json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText();
    }

    private string? Pick(string name) => (random.Next(2) == 0 ? own.Pick(name, random) : null) ?? known.Pick(name, random);

    private JsonText Value(string name, JsonElement schemaOrReference)
    {
        var schema = description.Resolve(schemaOrReference);
        if (schema.TryGetProperty("enum", out var words))
            return new JsonToken(words[random.Next(words.GetArrayLength())].GetRawText());
        return TypeOf(schema) switch
        {
            "object" => Object(schema, _ => random.Next(5) < 2),
            "array" => new JsonArrayText([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(name, schema.GetProperty("items")))]),
            "integer" or "number" => new JsonToken(Integer(name, schema)),
            "boolean" => new JsonToken(random.Next(2) == 0 ? "true" : "false"),
            "null" => new JsonToken("null"),
            _ => new JsonToken(JsonSerializer.Serialize(String(name, schema))),
        };
    }

    private JsonObjectText Object(JsonElement schema, Func<string, bool> isWanted)
    {
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(static n => n.GetString()!).ToHashSet() : [];
        var members = schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().ToArray() : [];
        return new JsonObjectText([.. members
            .Where(m => required.Contains(m.Name) || isWanted(m.Name))
            .Select(m => (new JsonToken(JsonSerializer.Serialize(m.Name)), Value(m.Name, m.Value)))]);
    }

    private string Integer(string name, JsonElement schema)
    {
        if (name.EndsWith("id", StringComparison.Ordinal) && random.Next(8) > 0 && Pick(name) is { } seen && long.TryParse(seen, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            return seen;
        var min = Bound("minimum", 0);
        var max = Bound("maximum", long.MaxValue);
        var value = random.Next(8) switch
        {
            0 => min,
            1 => max,
            2 => min + random.NextInt64(Math.Min(max - min, 2_000_000)),
            _ => min + random.NextInt64(Math.Min(max - min, 100)),
        };
        return value.ToString(CultureInfo.InvariantCulture);

        long Bound(string keyword, long otherwise) => schema.TryGetProperty(keyword, out var bound) ? bound.GetInt64() : otherwise;
    }

    private string String(string name, JsonElement schema)
    {
        if (random.Next(8) > 0 && Pick(name) is { } seen)
            return seen;
        var format = schema.TryGetProperty("format", out var word) ? word.GetString() : null;
        if (format == "uuid")
            return new Guid([.. Enumerable.Range(0, 16).Select(_ => (byte)random.Next(256))]).ToString();
        if (format == "date-time")
            return DateTimeOffset.UnixEpoch.AddSeconds(random.NextInt64(253_402_300_799)).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
        var min = schema.TryGetProperty("minLength", out var least) ? least.GetInt32() : 0;
        var max = schema.TryGetProperty("maxLength", out var most) ? most.GetInt32() : 40;
        var length = random.Next(6) switch { 0 => max, 1 => min, _ => random.Next(min, Math.Min(max, 24) + 1) };
        return string.Concat(Enumerable.Range(0, length).Select(_ => (char)random.Next('0', 'z' + 1)));
    }

    /// <summary>Its type; of several one, seldom <c>null</c>.</summary>
    private string? TypeOf(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type))
            return schema.TryGetProperty("properties", out _) ? "object" : null;
        if (type.ValueKind == JsonValueKind.String)
            return type.GetString();
        var types = type.EnumerateArray().Select(static t => t.GetString()).Where(t => t != "null" || random.Next(8) == 0).ToArray();
        return types[random.Next(types.Length)];
    }
}
