using System.Text.Json;

namespace Wallet.Chaos.Clients;

/// <summary>What an answer says of a transfer.</summary>
internal enum AnswerKind
{
    /// <summary>201: it is done.</summary>
    Posted,

    /// <summary>It is refused for good.</summary>
    Refused,

    /// <summary>503, or the request was never sent: nothing was changed; ask again.</summary>
    NothingChanged,

    /// <summary>503 <c>in_doubt</c>, or no answer at all: it may be done, or not; ask again.</summary>
    InDoubt,

    /// <summary>Anything else, which must not come.</summary>
    Unexpected,
}

/// <param name="Kind">What it says.</param>
/// <param name="Outcome">How the report calls it: <c>posted</c>, a problem's code, <c>cut off</c>.</param>
/// <param name="IsReplay">Whether it says that the key was answered before.</param>
/// <param name="Text">The content.</param>
/// <param name="Body">The content as JSON; undefined where there is none.</param>
internal sealed record Answer(AnswerKind Kind, string Outcome, bool IsReplay = false, string Text = "", JsonElement Body = default);
