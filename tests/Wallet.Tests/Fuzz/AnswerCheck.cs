using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Json.Schema;
using Wallet.Service.Http;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Fuzz;

/// <summary>What must hold of every answer, whatever was asked.</summary>
/// <param name="description">What the API says of itself.</param>
/// <param name="tally">Who has dealt with whom.</param>
/// <param name="strangers">Users whose ids nobody may learn who has not paid them.</param>
/// <param name="secrets">What belongs to others and is in no request, so that no answer may have it.</param>
internal sealed partial class AnswerCheck(ApiDescription description, LedgerTally tally, IReadOnlyList<FuzzUser> strangers, IReadOnlyList<string> secrets)
{
    private static readonly int[] BareStatuses = [400, 414, 431];
    private static readonly string[] ProblemMembers = ["type", "title", "status", "code", "trace_id"];
    private static readonly EvaluationOptions Evaluation = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    /// <returns>What is wrong with an answer; null where nothing is.</returns>
    public string? FaultOf(FuzzRequest request, RawAnswer answer)
    {
        if (request.MayBeNoHttp && BareStatuses.Contains(answer.Status) && answer.Content.Length == 0 && answer.Header("Content-Type") is null)
            return answer.Closes ? null : "a bare refusal that leaves the connection open";
        return FaultOfHeaders(request, answer)
            ?? (answer.Status >= 400 ? FaultOfProblem(request, answer) : FaultOfSuccess(request, answer))
            ?? FaultOfContent(request, answer);
    }

    private static string? FaultOfHeaders(FuzzRequest request, RawAnswer answer)
    {
        if (answer.Header("X-Content-Type-Options") != "nosniff")
            return "no X-Content-Type-Options";
        if (answer.Header("Server") is not null || answer.Header("X-Powered-By") is not null)
            return "it says what it runs on";
        if (answer.Headers.Any(static h => h.Name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase)))
            return "it lets other origins in";
        if (answer.Header("Set-Cookie") is not null)
            return "it sets a cookie";
        if ((request.Operation is not null || answer.Status >= 400) && answer.Header("Cache-Control")?.Contains("no-store", StringComparison.Ordinal) != true)
            return "it may be cached";
        if (answer.Status is 401 or 403 != answer.Header("WWW-Authenticate") is not null)
            return "a WWW-Authenticate that is missing, or for nothing";
        if (answer.Status == 503 != answer.Header("Retry-After") is not null)
            return "a Retry-After that is missing, or for nothing";
        return answer.Status == 405 && answer.Header("Allow") is null ? "no Allow" : null;
    }

    private string? FaultOfSuccess(FuzzRequest request, RawAnswer answer)
    {
        if ((request.Operation ?? description.FindAlike(request.Method, request.Path)) is not { } operation)
        {
            // The pages beside the API. What machines ask does not mind the method.
            var isPage = request.Method.Equals("GET", StringComparison.OrdinalIgnoreCase) || request.Method == "HEAD" || Probe().IsMatch(request.Path);
            return isPage ? null : "a success for a method that nothing has";
        }

        if (!operation.Answers.TryGetValue(answer.Status, out var declared))
            return "a status that the document does not have";
        if (answer.Header("Content-Type")?.Split(';')[0] != declared.MediaType)
            return "another content type than the document's";
        if (request.User is null)
            return "a success for nobody";
        var result = declared.Schema?.Evaluate(Parse(answer)!.Value, Evaluation);
        return result is { IsValid: false }
            ? $"not of the document's form: {string.Join("; ", (result.Details ?? []).Where(static d => d.Errors is not null).Select(static d => $"{d.InstanceLocation} {string.Join(", ", d.Errors!.Values)}"))}"
            : null;
    }

    private static string? FaultOfProblem(FuzzRequest request, RawAnswer answer)
    {
        if (answer.Header("Content-Type") != "application/problem+json")
            return "no problem";
        if (request.Method == "HEAD")
            return null;
        if (Parse(answer) is not { ValueKind: JsonValueKind.Object } problem)
            return "a problem that is no JSON";
        if (ProblemMembers.FirstOrDefault(name => !problem.TryGetProperty(name, out _)) is { } missing)
            return $"a problem without {missing}";

        var code = problem.GetProperty("code").GetString();
        if (ProblemCatalog.All.FirstOrDefault(p => p.Code == code) is not { } type)
            return "a code that the catalogue does not have";
        if (problem.GetProperty("status").GetInt32() != answer.Status || type.Status != answer.Status)
            return "a code with another status than its own";
        if (!TraceId().IsMatch(problem.GetProperty("trace_id").GetString()!))
            return "no trace id";
        if (request.Operation is null)
            return answer.Status >= 500 ? "a failure" : null;
        if (!request.Operation.Answers.TryGetValue(answer.Status, out var declared) || !declared.Codes.Contains(code!))
            return "a code that the document does not have for this call";
        if (declared.Schema?.Evaluate(problem, Evaluation) is { IsValid: false })
            return "a problem that is not of the document's form";
        return answer.Status >= 500 && answer.Status != 503 ? "a failure" : null;
    }

    private string? FaultOfContent(FuzzRequest request, RawAnswer answer)
    {
        var text = $"{string.Join('\n', answer.Headers.Select(static h => $"{h.Name}: {h.Value}"))}\n{answer.Text}";
        if (secrets.FirstOrDefault(secret => text.Contains(secret, StringComparison.Ordinal)) is { } secret)
            return $"somebody else's data: {secret}";
        if (Riches().Match(text) is { Success: true } riches)
            return $"somebody else's balance: {riches.Value}";
        foreach (var stranger in strangers.Where(s => text.Contains(s.Id, StringComparison.Ordinal)))
        {
            var mayKnow = Encoding.Latin1.GetString(request.ToBytes()).Contains(stranger.Id, StringComparison.Ordinal)
                || (answer.Status < 300 && request.User is { } user && tally.HasPaid(user.Id, stranger.Id));
            if (!mayKnow)
                return $"somebody else's id: {stranger.Id}";
        }

        // The pages beside the API name what they are made of.
        var isOfApi = request.Operation is not null || answer.Status >= 400;
        return isOfApi && Inside().Match(text) is { Success: true } inside ? $"something of the service's inside: {inside.Value}" : null;
    }

    private static JsonElement? Parse(RawAnswer answer)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(answer.Content);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [GeneratedRegex("^(http://wallet)?/(health|metrics)(/|$)")]
    private static partial Regex Probe();

    [GeneratedRegex("^(?!0{32})[0-9a-f]{32}$")]
    private static partial Regex TraceId();

    /// <summary>A balance of the strangers', whatever else they have got.</summary>
    [GeneratedRegex(@":\s*9\d{14}\b")]
    private static partial Regex Riches();

    /// <summary>Names of types, statements, files.</summary>
    [GeneratedRegex(@"Exception|\bSystem\.|\bMicrosoft\.|Npgsql|StackExchange|[Ss]qlite|SQLSTATE|\bSELECT |\bINSERT |\bat Wallet\.|Wallet\.(Service|Ledger)|\.cs\b|/(src|tmp|usr|home|root|work)/")]
    private static partial Regex Inside();
}
