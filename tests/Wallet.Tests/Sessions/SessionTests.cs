using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Sessions;

public sealed class SessionTests(SqliteWallet wallet) : IClassFixture<SqliteWallet>
{
    private readonly WalletHost _host = wallet.Host;
    private readonly RedisServer _redis = wallet.Redis;

    private static string NewToken => $"token-{Guid.NewGuid():N}";

    [Fact]
    public async Task A_session_that_was_written_at_sign_in_is_accepted()
    {
        var token = NewToken;
        await _redis.WriteSessionAsync(token, """{"user_id": "zoë", "scopes": ["wallet"], "expires_at": "2999-01-01T00:00:00Z", "device": "phone"}""");

        Assert.Equal(200, (await GetAsync($"Bearer {token}")).Status);
        Assert.Equal(200, (await GetAsync($"bearer  {token}")).Status);
    }

    [Fact]
    public async Task Without_a_token_the_challenge_is_bare()
    {
        var response = await _host.SendAsync(HttpMethod.Get, "/v1/accounts", token: null);

        response.AssertProblem(401, "unauthorized");
        Assert.Equal("Bearer", response.Header("WWW-Authenticate"));
    }

    [Theory]
    [InlineData("Basic aG91c2U6aG91c2U=")]
    [InlineData("house")]
    [InlineData("Bearer")]
    [InlineData("")]
    public async Task What_is_no_bearer_token_is_as_good_as_none(string authorization)
    {
        var response = await GetAsync(authorization);

        response.AssertProblem(401, "unauthorized");
        Assert.Equal("Bearer", response.Header("WWW-Authenticate"));
    }

    [Theory]
    [InlineData("Bearer unknown-token")]
    [InlineData("Bearer two words")]
    [InlineData("Bearer quo\"ted")]
    [InlineData("Bearer a,Bearer b")]
    [InlineData("Bearer eyJhbGciOiJub25lIn0.e30.")]
    [InlineData("Bearer eyJcdWQ4MDAiOjF9.e30.AAAA")]
    [InlineData("Bearer ........")]
    public async Task A_bad_token_is_told_so(string authorization)
    {
        var response = await GetAsync(authorization);

        response.AssertProblem(401, "invalid_token");
        Assert.StartsWith("Bearer error=\"invalid_token\"", response.Header("WWW-Authenticate"));
    }

    [Fact]
    public async Task A_token_longer_than_any_is_refused() => (await GetAsync($"Bearer {new string('a', 4_097)}")).AssertProblem(401, "invalid_token");

    [Fact]
    public async Task Development_tokens_do_not_exist_in_production()
    {
        foreach (var token in new[] { "house", "yunus", "andrew", "nick" })
            (await GetAsync($"Bearer {token}")).AssertProblem(401, "invalid_token");
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"user_id": "x"}""")]
    [InlineData("""{"scopes": ["wallet"]}""")]
    [InlineData("""{"user_id": null, "scopes": ["wallet"]}""")]
    [InlineData("""{"user_id": "x", "scopes": null}""")]
    [InlineData("""{"user_id": "x", "scopes": [null, "wallet"]}""")]
    [InlineData("""{"user_id": "x", "scopes": "wallet"}""")]
    [InlineData("""{"user_id": 7, "scopes": ["wallet"]}""")]
    [InlineData("""{"user_id": "", "scopes": ["wallet"]}""")]
    [InlineData("""{"user_id": "@world", "scopes": ["wallet"]}""")]
    [InlineData("""{"user_id": "x\u0000", "scopes": ["wallet"]}""")]
    [InlineData("""{"user_id": "x", "scopes": ["wallet"], "expires_at": "tomorrow"}""")]
    [InlineData("""{"user_id": "x", "scopes": ["wallet"], "expires_at": "2001-01-01T00:00:00Z"}""")]
    public async Task A_record_that_cannot_be_read_or_has_expired_signs_nobody_in(string record)
    {
        var token = NewToken;
        await _redis.WriteSessionAsync(token, record);

        (await GetAsync($"Bearer {token}")).AssertProblem(401, "invalid_token");
    }

    [Fact]
    public async Task A_key_of_another_kind_signs_nobody_in()
    {
        var token = NewToken;
        await _redis.WriteListAsync(token);

        (await GetAsync($"Bearer {token}")).AssertProblem(401, "invalid_token");
    }

    [Theory]
    [InlineData("""{"user_id": "x", "scopes": []}""")]
    [InlineData("""{"user_id": "x", "scopes": ["admin", "Wallet", "wallet "]}""")]
    public async Task A_session_without_the_scope_is_told_which_it_lacks(string record)
    {
        var token = NewToken;
        await _redis.WriteSessionAsync(token, record);

        var response = await GetAsync($"Bearer {token}");

        response.AssertProblem(403, "insufficient_scope");
        Assert.Equal("Bearer error=\"insufficient_scope\", scope=\"wallet\"", response.Header("WWW-Authenticate"));
    }

    [Fact]
    public async Task A_revoked_session_is_accepted_no_longer_than_the_stated_bound()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        await using var host = await WalletHost.StartAsync(_redis, wallet.NewFile(), services => services.AddSingleton<TimeProvider>(time));
        var user = await host.SignInAsync("someone");
        Assert.Equal(200, (await user.GetAsync("/v1/accounts")).Status);

        await _redis.RevokeAsync(user.Token);
        time.Advance(TimeSpan.FromSeconds(4.9));
        var within = await user.GetAsync("/v1/accounts");
        time.Advance(TimeSpan.FromSeconds(0.2));
        var after = await user.GetAsync("/v1/accounts");

        Assert.Equal(200, within.Status);
        after.AssertProblem(401, "invalid_token");
    }

    [Fact]
    public async Task A_session_ends_at_its_own_end_also_when_it_is_remembered()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        await using var host = await WalletHost.StartAsync(_redis, wallet.NewFile(), services => services.AddSingleton<TimeProvider>(time));
        var token = NewToken;
        await _redis.WriteSessionAsync(token, $$"""{"user_id": "x", "scopes": ["wallet"], "expires_at": "{{time.GetUtcNow().AddSeconds(2):O}}"}""");

        var before = await host.SendAsync(HttpMethod.Get, "/v1/accounts", token);
        time.Advance(TimeSpan.FromSeconds(2));
        var after = await host.SendAsync(HttpMethod.Get, "/v1/accounts", token);

        Assert.Equal(200, before.Status);
        after.AssertProblem(401, "invalid_token");
    }

    [Fact]
    public async Task Without_a_cache_a_revocation_is_seen_at_once()
    {
        await using var host = await WalletHost.StartAsync(
            _redis, new Dictionary<string, string?>(wallet.NewFile()) { ["Wallet:Sessions:CacheFor"] = "00:00:00" });
        var user = await host.SignInAsync("someone");

        Assert.Equal(200, (await user.GetAsync("/v1/accounts")).Status);
        await _redis.RevokeAsync(user.Token);
        (await user.GetAsync("/v1/accounts")).AssertProblem(401, "invalid_token");
    }

    [Fact]
    public async Task Redis_away_is_503_and_never_401_and_the_service_recovers_by_itself()
    {
        await using var redis = new RedisServer();
        await redis.InitializeAsync();
        await using var host = await WalletHost.StartAsync(
            redis, new Dictionary<string, string?>(wallet.NewFile()) { ["Wallet:Sessions:CacheFor"] = "00:00:00" });
        var user = await host.SignInAsync("someone");
        Assert.Equal(200, (await user.GetAsync("/v1/accounts")).Status);

        await redis.StopAsync();
        (await user.GetAsync("/v1/accounts")).AssertProblem(503, "sessions_unavailable");
        (await user.PostAsync("/v1/transfers", """{"to_user_id": "x", "amount": 1}""")).AssertProblem(503, "sessions_unavailable");
        Assert.Equal(503, (await host.SendAsync(HttpMethod.Get, "/health/ready", token: null)).Status);
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Get, "/health/live", user.Token)).Status);

        await redis.StartAsync();
        await redis.WriteSessionAsync(user.Token, """{"user_id": "someone", "scopes": ["wallet"]}""");
        await Eventually.AssertAsync(async () => Assert.Equal(200, (await user.GetAsync("/v1/accounts")).Status));
        Assert.Equal(200, (await host.SendAsync(HttpMethod.Get, "/health/ready", token: null)).Status);
    }

    [Fact]
    public async Task The_service_starts_while_Redis_is_away_and_serves_when_it_comes()
    {
        await using var redis = new RedisServer();
        await using var host = await WalletHost.StartAsync(
            redis, new Dictionary<string, string?>(wallet.NewFile()) { ["ConnectionStrings:Redis"] = redis.ConnectionString + ",connectTimeout=200" });

        (await host.SendAsync(HttpMethod.Get, "/v1/accounts", "a-token")).AssertProblem(503, "sessions_unavailable");

        await redis.StartAsync();
        await redis.WriteSessionAsync("a-token", """{"user_id": "someone", "scopes": ["wallet"]}""");
        await Eventually.AssertAsync(async () => Assert.Equal(200, (await host.SendAsync(HttpMethod.Get, "/v1/accounts", "a-token")).Status));
    }

    [Fact]
    public async Task Sessions_are_found_in_a_cluster_where_each_may_lie_on_another_server()
    {
        await using var redis = new RedisServer(isCluster: true);
        await redis.StartAsync();
        await using var host = await WalletHost.StartAsync(redis, wallet.NewFile());
        var tokens = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => redis.SignInAsync($"user-{i}", "wallet")));

        const string Unreadable = "a-list-in-place-of-a-session";
        await redis.WriteListAsync(Unreadable);

        var unreadable = host.SendAsync(HttpMethod.Get, "/v1/accounts", Unreadable);
        var responses = await Task.WhenAll(tokens.Select(token => host.SendAsync(HttpMethod.Get, "/v1/accounts", token)));

        Assert.All(responses, static response => Assert.Equal(200, response.Status));
        (await unreadable).AssertProblem(401, "invalid_token");
    }

    [Theory]
    [InlineData("/v1/nothing")]
    [InlineData("/nothing")]
    [InlineData("/v1/accounts/../../appsettings.json")]
    public async Task A_path_that_leads_nowhere_is_not_open_to_everyone_either(string path) =>
        (await _host.SendAsync(HttpMethod.Get, path, token: null)).AssertProblem(401, "unauthorized");

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs/")]
    [InlineData("/problems")]
    [InlineData("/problems/insufficient_funds")]
    public async Task The_open_routes_ask_for_no_token_and_look_at_none(string path)
    {
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Get, path, token: null)).Status);
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Get, path, "bad-token")).Status);
    }

    private Task<ApiResponse> GetAsync(string authorization) =>
        _host.SendAsync(HttpMethod.Get, "/v1/accounts", token: null, content: null, ("Authorization", authorization));
}
