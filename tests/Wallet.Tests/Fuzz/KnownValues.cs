using System.Text.Json;

namespace Wallet.Tests.Fuzz;

/// <summary>
/// What a client has seen or guessed, by the name it came under: ids, cursors, names. A parameter gets a value that came under its name or the end of it,
/// <c>to_account_id</c> one of <c>account_id</c>, so that hostile requests are about things that exist. Not thread-safe.
/// </summary>
internal sealed class KnownValues
{
    private const int PerNameMax = 200;
    private readonly Dictionary<string, List<string>> _values = [];

    public void Add(string name, string value, Random random)
    {
        if (!_values.TryGetValue(name, out var values))
            _values[name] = values = [];
        if (values.Count < PerNameMax)
            values.Add(value);
        else
            values[random.Next(values.Count)] = value;
    }

    public string? Pick(string name, Random random)
    {
        for (var at = 0; at >= 0; at = name.IndexOf('_', at) is var next and >= 0 ? next + 1 : -1)
        {
            if (_values.TryGetValue(name[at..], out var values))
                return values[random.Next(values.Count)];
        }

        return null;
    }

    /// <summary>Keeps all that an answer says.</summary>
    /// <param name="path">The operation's path: tells what an <c>id</c> is the id of.</param>
    /// <param name="content">The answer's content.</param>
    /// <param name="random">Decides what is forgotten for it.</param>
    public void Learn(string path, JsonElement content, Random random)
    {
        switch (content.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in content.EnumerateObject())
                {
                    if (member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                        Add(NameOf(path, member.Name), member.Value.ToString(), random);
                    else
                        Learn(path, member.Value, random);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in content.EnumerateArray())
                    Learn(path, item, random);
                break;
        }
    }

    /// <summary>
    /// <c>id</c> of <c>/v1/transfers</c>, and of <c>/v1/transfers/{id}</c> and what lies under it, is a <c>transfer_id</c>. What goes on as a name ends with a common name: <c>next_cursor</c> is a cursor.
    /// </summary>
    public static string NameOf(string path, string name)
    {
        if (name == "id")
            return $"{path.Split('{')[0].Split('/', StringSplitOptions.RemoveEmptyEntries)[^1].TrimEnd('s')}_id";
        return name == "next_cursor" ? "cursor" : name;
    }
}
