using System.Collections.Immutable;
using System.Text;

namespace Wallet.Tests.Fuzz;

/// <summary>JSON as it is written, with all that a parser would not give back: names that come twice, numbers in any form, bytes that are no text.</summary>
internal abstract record JsonText
{
    public abstract void Write(Stream stream);

    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        Write(stream);
        return stream.ToArray();
    }

    /// <summary>This with one part in it changed, which chance finds.</summary>
    public virtual JsonText ChangeSomewhere(Random random, Func<JsonText, JsonText> change) => change(this);

    /// <summary>This with one object in it changed, or null where it has none.</summary>
    public virtual JsonText? ChangeObject(Random random, Func<JsonObjectText, JsonText> change) => null;
}

/// <summary>Anything that is written as it stands.</summary>
internal sealed record JsonToken(byte[] Bytes) : JsonText
{
    public JsonToken(string text) : this(Encoding.UTF8.GetBytes(text))
    {
    }

    public override void Write(Stream stream) => stream.Write(Bytes);
}

internal sealed record JsonArrayText(ImmutableList<JsonText> Items) : JsonText
{
    public override void Write(Stream stream)
    {
        stream.WriteByte((byte)'[');
        for (var i = 0; i < Items.Count; i++)
        {
            if (i > 0)
                stream.WriteByte((byte)',');
            Items[i].Write(stream);
        }

        stream.WriteByte((byte)']');
    }

    public override JsonText ChangeSomewhere(Random random, Func<JsonText, JsonText> change)
    {
        if (Items.IsEmpty || random.Next(4) == 0)
            return change(this);
        var i = random.Next(Items.Count);
        return new JsonArrayText(Items.SetItem(i, Items[i].ChangeSomewhere(random, change)));
    }

    public override JsonText? ChangeObject(Random random, Func<JsonObjectText, JsonText> change)
    {
        if (Items.IsEmpty)
            return null;
        var i = random.Next(Items.Count);
        return Items[i].ChangeObject(random, change) is { } changed ? new JsonArrayText(Items.SetItem(i, changed)) : null;
    }
}

/// <param name="Members">Names as they are written, quotes and all.</param>
internal sealed record JsonObjectText(ImmutableList<(JsonToken Name, JsonText Value)> Members) : JsonText
{
    public override void Write(Stream stream)
    {
        stream.WriteByte((byte)'{');
        for (var i = 0; i < Members.Count; i++)
        {
            if (i > 0)
                stream.WriteByte((byte)',');
            Members[i].Name.Write(stream);
            stream.WriteByte((byte)':');
            Members[i].Value.Write(stream);
        }

        stream.WriteByte((byte)'}');
    }

    public override JsonText ChangeSomewhere(Random random, Func<JsonText, JsonText> change)
    {
        if (Members.IsEmpty || random.Next(8) == 0)
            return change(this);
        var i = random.Next(Members.Count);
        return new JsonObjectText(Members.SetItem(i, (Members[i].Name, Members[i].Value.ChangeSomewhere(random, change))));
    }

    public override JsonText ChangeObject(Random random, Func<JsonObjectText, JsonText> change)
    {
        if (!Members.IsEmpty && random.Next(2) == 0)
        {
            var i = random.Next(Members.Count);
            if (Members[i].Value.ChangeObject(random, change) is { } changed)
                return new JsonObjectText(Members.SetItem(i, (Members[i].Name, changed)));
        }

        return change(this);
    }
}
