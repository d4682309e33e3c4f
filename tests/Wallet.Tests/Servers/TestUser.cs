using System.Text.Json;

namespace Wallet.Tests.Servers;

/// <summary>A signed-in user and the calls that she makes.</summary>
public sealed class TestUser(WalletHost host, string id, string token)
{
    public string Id { get; } = id;

    public string Token { get; } = token;

    /// <summary>Her first account; 0 where she has none.</summary>
    public long AccountId { get; set; }

    /// <summary>The same user, speaking to another copy of the service.</summary>
    public TestUser At(WalletHost other) => new(other, Id, Token) { AccountId = AccountId };

    public Task<ApiResponse> GetAsync(string path) => host.SendAsync(HttpMethod.Get, path, Token);

    /// <summary>Posts a body as it is.</summary>
    public Task<ApiResponse> PostAsync(string path, string body, string? key = null) =>
        host.SendAsync(HttpMethod.Post, path, Token, WalletHost.Json(body), key is null ? [] : [("Idempotency-Key", key)]);

    /// <summary>Sends money; further members of the request as JSON.</summary>
    public Task<ApiResponse> SendAsync(TestUser recipient, long amount, string? key = null, object? more = null)
    {
        var body = JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        body["to_user_id"] = recipient.Id;
        body["amount"] = amount;
        return PostAsync("/v1/transfers", body.ToJsonString(), key);
    }

    public async Task<long> OpenAccountAsync(string currency, string name)
    {
        var response = await PostAsync("/v1/accounts", JsonSerializer.Serialize(new { currency, name }));
        response.AssertStatus(201);
        return response.Body.GetProperty("account_id").GetInt64();
    }

    public async Task<long> BalanceAsync()
    {
        var response = await GetAsync("/v1/balance");
        response.AssertStatus(200);
        return response.Body.GetProperty("balance").GetInt64();
    }
}
