using System.Net.Http.Headers;
using System.Text.Json;
using Wallet.Chaos.Checking;
using Wallet.Service.Http;

namespace Wallet.Chaos.Clients;

/// <summary>The calls of clients and readers, each to the copy of the service that they choose.</summary>
internal sealed class WalletApi : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly HashSet<string> Refusals =
    [
        ProblemCatalog.InsufficientFunds.Code, ProblemCatalog.RecipientNotFound.Code, ProblemCatalog.SelfTransfer.Code,
    ];

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) }) { Timeout = Patience };

    /// <summary>Asks for the transfer, once.</summary>
    public async Task<Answer> TransferAsync(Uri copy, AskedTransfer asked, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { to_user_id = asked.PayeeUserId, amount = asked.Amount, message = asked.Key });
        return await PostAsync(new Uri(copy, "/v1/transfers"), asked.Payer.Token, asked.Key, body, cancellationToken);
    }

    /// <summary>Opens the user's account, or finds the one that she has.</summary>
    /// <returns>Its id; null where there was no such answer.</returns>
    public async Task<long?> OpenAccountAsync(Uri copy, string token, CancellationToken cancellationToken)
    {
        var answer = await PostAsync(new Uri(copy, "/v1/accounts"), token, key: "account", """{"currency": "SGD"}"""u8.ToArray(), cancellationToken);
        return answer.Kind == AnswerKind.Posted ? answer.Body.GetProperty("account_id").GetInt64() : null;
    }

    /// <summary>Reads.</summary>
    /// <returns>The status and the content; null where no answer came or one that asks to come again.</returns>
    public async Task<(int Status, JsonElement Body)?> ReadAsync(Uri copy, string token, string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(copy, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return (int)response.StatusCode == 503 ? null : ((int)response.StatusCode, JsonSerializer.Deserialize<JsonElement>(text));
        }
        catch (Exception e) when (IsCutOff(e, cancellationToken))
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<Answer> PostAsync(Uri address, string token, string key, byte[] body, CancellationToken cancellationToken)
    {
        using var content = new OnceContent(body);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
        request.Headers.Add(IdempotencyKey.HeaderName, key);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            var isReplay = response.Headers.Contains(IdempotencyKey.ReplayedHeaderName);
            return Understand((int)response.StatusCode, text, isReplay);
        }
        catch (Exception e) when (IsCutOff(e, cancellationToken))
        {
            return content.IsSent
                ? new Answer(AnswerKind.InDoubt, e is OperationCanceledException ? "no answer in time" : "cut off")
                : new Answer(AnswerKind.NothingChanged, "no connection");
        }
    }

    private static Answer Understand(int status, string text, bool isReplay)
    {
        JsonElement body;
        try
        {
            body = JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return new Answer(AnswerKind.Unexpected, $"{status} without JSON", isReplay, text);
        }

        if (status == 201)
            return new Answer(AnswerKind.Posted, "posted", isReplay, text, body);
        var code = body.TryGetProperty("code", out var member) ? member.GetString()! : $"{status} without a code";
        var kind = (status, code) switch
        {
            (503, _) when code == ProblemCatalog.InDoubt.Code => AnswerKind.InDoubt,
            (503, _) => AnswerKind.NothingChanged,
            (404 or 422, _) when Refusals.Contains(code) => AnswerKind.Refused,
            _ => AnswerKind.Unexpected,
        };
        return new Answer(kind, code, isReplay, text, body);
    }

    private static bool IsCutOff(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or IOException or JsonException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
