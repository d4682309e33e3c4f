using System.Net.Http.Headers;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Security;

public sealed class SecretsInLogsTests(TestRedis redis)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_token_and_no_message_is_logged_however_much_is()
    {
        using var folder = new TemporaryFolder();
        await using var wallet = await WalletProcess.StartAsync(
            "Production", "--Logging:LogLevel:Default", "Trace", "--Logging:LogLevel:Microsoft.AspNetCore", "Trace",
            "--Wallet:SqliteFile", folder.File("wallet.db"), "--ConnectionStrings:Redis", redis.ConnectionString);
        var user = $"user-{Guid.NewGuid():N}";
        var token = await redis.SignInAsync(user, "wallet");
        var revoked = await redis.SignInAsync(user, "wallet");
        await redis.RevokeAsync(revoked);
        const string Message = "for-nobody-elses-eyes";

        foreach (var bearer in (string[])[token, revoked])
        {
            await SendAsync(HttpMethod.Post, "/v1/accounts", bearer, """{"currency": "SGD"}""");
            await SendAsync(HttpMethod.Post, "/v1/transfers", bearer, $$"""{"to_user_id": "yunus", "amount": 5, "message": "{{Message}}"}""");
            await SendAsync(HttpMethod.Post, "/v1/transfers", bearer, $$"""{"to_user_id": "yunus", "amount": "{{Message}}"}""");
            await SendAsync(HttpMethod.Post, "/v1/transfers", bearer, $"not JSON {Message}");
            await SendAsync(HttpMethod.Get, "/v1/balance", bearer, null);
            await SendAsync(HttpMethod.Get, "/v1/transactions?limit=0", bearer, null);
            await SendAsync(HttpMethod.Get, "/v1/nothing", bearer, null);
        }

        await wallet.TerminateAsync();
        Assert.Contains("\"LogLevel\":\"Debug\"", wallet.Output, StringComparison.Ordinal);
        Assert.Contains("/v1/transfers", wallet.Output, StringComparison.Ordinal);
        foreach (var secret in (string[])[token, revoked, Message])
            Assert.DoesNotContain(secret, wallet.Output, StringComparison.Ordinal);

        async Task SendAsync(HttpMethod method, string path, string bearer, string? body)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : WalletHost.Json(body) };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
            using var response = await wallet.Http.SendAsync(request, Cancel);
        }
    }
}
