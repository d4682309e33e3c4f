using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Wallet.Service.Sessions;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Fuzz;

/// <summary>
/// Sends a service many hostile requests over a few connections, checks each answer, and the ledger in between. What is sent depends on the seed alone, but for the ids that the service makes.
/// </summary>
internal sealed class FuzzRun : IAsyncDisposable
{
    private const int Connections = 4;
    private const int UsersPerConnection = 3;
    private const int Rounds = 4;
    private const int ShrinkTriesMax = 60;
    /// <summary>Many more digits than anybody else has: <see cref="AnswerCheck"/> knows it by them.</summary>
    private const long StrangersBalance = 918_273_000_000_000;
    private const string Currency = "SGD";

    private readonly int _seed;
    private readonly WalletFixture _wallet;
    private readonly WalletHost _host;
    private readonly LogRecorder _log;
    private readonly ApiDescription _description;
    private readonly LedgerTally _tally;
    private readonly AnswerCheck _check;
    private readonly IReadOnlyList<TestUser> _users;
    private readonly IReadOnlyList<KnownValues> _known;

    private FuzzRun(
        int seed, WalletFixture wallet, WalletHost host, LogRecorder log, ApiDescription description, LedgerTally tally, AnswerCheck check, IReadOnlyList<TestUser> users, IReadOnlyList<KnownValues> known)
    {
        (_seed, _wallet, _host, _log, _description) = (seed, wallet, host, log, description);
        (_tally, _check, _users, _known) = (tally, check, users, known);
    }

    /// <summary>How often each operation was answered with a success, and with a problem; and how often each mutation was used.</summary>
    public ConcurrentDictionary<string, int> Counts { get; } = [];

    public static async Task<FuzzRun> StartAsync(int seed, WalletFixture wallet)
    {
        var secrets = new List<string>();
        var log = new LogRecorder(secrets);
        var settings = new Dictionary<string, string?>(wallet.Settings)
        {
            ["Logging:Recorder:LogLevel:Default"] = "Information",
            ["Logging:Recorder:LogLevel:Microsoft.AspNetCore"] = "Warning",
        };
        var host = await WalletHost.StartAsync(wallet.Redis, settings);
        host.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);

        var run = Guid.NewGuid().ToString("N")[..8];
        var users = new List<TestUser>();
        for (var i = 0; i < Connections * UsersPerConnection; i++)
        {
            var isOperator = i % UsersPerConnection == 1;
            var user = await host.SignInAsync($"user-{run}-{i}", isOperator ? [Scopes.Admin] : []);
            users.Add(user);
            if (i % UsersPerConnection == UsersPerConnection - 1)
                continue; // has no account to begin with
            user.AccountId = await user.OpenAccountAsync(Currency, "main");
            await host.DepositAsync(user.AccountId, i % UsersPerConnection == 0 ? 1_000_000_000 : 100);
        }

        // Those whom nobody may learn anything of: what is theirs is unmistakable.
        TestUser[] strangers = [await host.SignInAsync($"stranger-{run}-0"), await host.SignInAsync($"stranger-{run}-1")];
        var mark = $"secret-{run}";
        var theirs = new KnownValues();
        var random = new Random(seed);
        foreach (var stranger in strangers)
        {
            stranger.AccountId = await stranger.OpenAccountAsync(Currency, mark);
            await host.DepositAsync(stranger.AccountId, StrangersBalance);
            theirs.Add("user_id", stranger.Id, random);
        }

        for (var i = 0; i < 5; i++)
            (await strangers[0].SendAsync(strangers[1], 1, key: $"key-{i}", more: new { message = mark })).AssertStatus(201);
        theirs.Learn("/v1/accounts", (await strangers[0].GetAsync("/v1/accounts")).Body, random);
        theirs.Learn("/v1/transactions", (await strangers[1].GetAsync("/v1/transactions?limit=2")).Body, random);
        secrets.Add(mark);
        secrets.AddRange(users.Concat(strangers).Select(static user => user.Token));

        var description = new ApiDescription((await host.SendAsync(HttpMethod.Get, "/openapi/v1.json", token: null)).Text);
        var tally = await LedgerTally.BeginAsync(wallet, host.Store, [.. users.Concat(strangers).Select(static user => user.Id)]);
        var check = new AnswerCheck(
            description, tally, [.. strangers.Select(static s => new FuzzUser(s.Id, s.Token))], [mark, .. strangers.Select(static s => s.Token)]);
        return new FuzzRun(seed, wallet, host, log, description, tally, check, users, [.. Enumerable.Range(0, Connections).Select(_ => Known(users, strangers, theirs, random))]);
    }

    /// <summary>Sends that many requests.</summary>
    /// <exception cref="Xunit.Sdk.XunitException">A rule was broken; the message has the request.</exception>
    public async Task SendAsync(int requests)
    {
        var randoms = Enumerable.Range(0, Connections).Select(i => new Random(unchecked((_seed * 31) + i))).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            await Task.WhenAll(randoms.Select((random, i) => WorkAsync(i, random, requests / Connections / Rounds)));
            await _tally.CheckAsync(_wallet, _host.Store);
            Assert.Empty(_log.Faults);
        }

        await _tally.AuditAsync(_host.Store);
        Assert.InRange(_log.Lines, 1, int.MaxValue);
    }

    /// <summary>Checks that it came everywhere: each operation did something for somebody and refused something, and each mutation was used.</summary>
    public void AssertReach()
    {
        foreach (var operation in _description.Operations)
        {
            Assert.True(Counts.ContainsKey($"{operation} succeeds"), $"{operation} never succeeded.");
            Assert.True(Counts.ContainsKey($"{operation} refuses"), $"{operation} never refused.");
        }

        Assert.All(Mutation.All, m => Assert.True(Counts.ContainsKey(m.Name), $"{m.Name} was never used."));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    private static KnownValues Known(IReadOnlyList<TestUser> users, TestUser[] strangers, KnownValues theirs, Random random)
    {
        var known = new KnownValues();
        foreach (var user in users.Concat(strangers))
        {
            known.Add("user_id", user.Id, random);
            if (user.AccountId > 0)
                known.Add("account_id", user.AccountId.ToString(CultureInfo.InvariantCulture), random);
            for (var key = 0; key < 3; key++)
                known.Add("transfer_id", Service.Http.RequestId.FromKey(user.Id, $"key-{key}").ToString(), random); // before there is one
        }

        foreach (var name in new[] { "transfer_id", "cursor", "hash" })
            known.Add(name, theirs.Pick(name, random)!, random);
        foreach (var currency in new[] { Currency, Currency, "USD", "JPY", "XXX" })
            known.Add("currency", currency, random);
        known.Add("from", "2020-01-01T00:00:00Z", random);
        known.Add("to", "2999-01-01T00:00:00Z", random);

        return known;
    }

    private async Task WorkAsync(int worker, Random random, int requests)
    {
        var known = _known[worker];
        var own = _users.Skip(worker * UsersPerConnection).Take(UsersPerConnection).Select(static u => new FuzzUser(u.Id, u.Token)).ToArray();
        var seen = own.ToDictionary(static user => user, _ => new KnownValues());
        var context = new MutationContext(random, _description, known, own);
        RawConnection? connection = null;
        FuzzRequest? before = null; // on the same connection
        try
        {
            for (var i = 0; i < requests; i++)
            {
                var user = context.Pick(own);
                var maker = new RequestMaker(_description, known, seen[user], random);
                var request = Mutated(maker.Make(context.Pick(_description.Operations), user), context);
                connection ??= await RawConnection.OpenAsync(_host.Http.BaseAddress!);
                var (answer, fault) = await AskAsync(connection, request);
                if (fault is not null)
                    Assert.Fail(await ReportAsync(request, answer, fault, before));
                if (answer is not null)
                    Note(request, answer, [known, seen[user]], random);
                if (answer is null or { Closes: true })
                {
                    await connection.DisposeAsync();
                    connection = null;
                    before = null;
                }
                else
                {
                    before = request;
                }
            }
        }
        finally
        {
            if (connection is not null)
                await connection.DisposeAsync();
        }
    }

    private FuzzRequest Mutated(FuzzRequest request, MutationContext context)
    {
        var times = context.Random.Next(8) switch { 0 or 1 => 0, <= 5 => 1, 6 => 2, _ => 3 };
        for (var i = 0; i < times; i++)
        {
            var mutation = context.Pick(Mutation.All);
            if (mutation.Apply(request, context) is not { } mutated)
                continue;
            request = mutated with { Mutations = mutated.Mutations.Add(mutation.Name) };
            Count(mutation.Name);
        }

        return request;
    }

    /// <summary>Keeps what a right answer says.</summary>
    private void Note(FuzzRequest request, RawAnswer answer, KnownValues[] learners, Random random)
    {
        if (request.Operation is { } operation)
            Count(answer.Status < 300 ? $"{operation} succeeds" : $"{operation} refuses");
        Count(string.Create(CultureInfo.InvariantCulture, $"{answer.Status}"));
        if (request.Operation is null || answer.Status >= 300)
            return;
        var content = JsonSerializer.Deserialize<JsonElement>(answer.Content);
        foreach (var learner in learners)
            learner.Learn(request.Operation.Path, content, random);
    }

    private async Task<(RawAnswer? Answer, string? Fault)> AskAsync(RawConnection connection, FuzzRequest request)
    {
        RawAnswer? answer;
        try
        {
            var sending = connection.TrySendAsync(request.ToBytes());
            answer = await connection.ReadAsync(request.Method);
            await sending;
        }
        catch (Exception e) when (e is InvalidDataException or OperationCanceledException or FormatException)
        {
            return (null, $"no answer: {e.Message}");
        }

        // What is no HTTP is refused before it is read to its end; then the end of the connection may overtake the refusal.
        if (answer is null)
            return (null, request.MayBeNoHttp ? null : "the connection ended without an answer");
        return (answer, FaultOfLedger(answer) ?? _check.FaultOf(request, answer));
    }

    private string? FaultOfLedger(RawAnswer answer) =>
        answer.Status == 201
            ? _tally.Count(JsonSerializer.Deserialize<JsonElement>(answer.Content), answer.Header("Idempotent-Replayed") == "true")
            : null;

    private void Count(string what) => Counts.AddOrUpdate(what, 1, static (_, count) => count + 1);

    /// <summary>Tells a fault with the smallest request that still shows it.</summary>
    private async Task<string> ReportAsync(FuzzRequest request, RawAnswer? answer, string fault, FuzzRequest? before)
    {
        for (var tries = 0; tries < ShrinkTriesMax;)
        {
            var smaller = Smaller(request).Take(ShrinkTriesMax - tries).ToArray();
            FuzzRequest? found = null;
            foreach (var candidate in smaller)
            {
                tries++;
                await using var connection = await RawConnection.OpenAsync(_host.Http.BaseAddress!);
                var (otherAnswer, otherFault) = await AskAsync(connection, candidate);
                if (otherFault != fault)
                    continue;
                (found, answer) = (candidate, otherAnswer);
                break;
            }

            if (found is null)
                break;
            request = found;
        }

        return $"""
            {fault}
            seed: {_seed}, by: {string.Join(", then ", request.Mutations)}, at: {request.Operation?.ToString() ?? "no call"}
            request: printf '{Escaped(request.ToBytes())}'
            answer: {answer?.Status} {string.Join("; ", answer?.Headers.Select(static h => $"{h.Name}: {h.Value}") ?? [])}
            {answer?.Text}
            before it, on the same connection: {(before is null ? "nothing" : $"printf '{Escaped(before.ToBytes())}'")}
            """;
    }

    private static IEnumerable<FuzzRequest> Smaller(FuzzRequest request)
    {
        for (var i = 0; i < request.Headers.Count; i++)
        {
            if (request.Headers[i].Name.ToUpperInvariant() is not ("HOST" or "AUTHORIZATION" or "IDEMPOTENCY-KEY"))
                yield return request with { Headers = request.Headers.RemoveAt(i) };
        }

        if (request.Query.Length > 0)
            yield return request with { Query = "" };
        if (request.Chunk is not null)
            yield return request with { Chunk = null };
        if (request.Bytes is { Length: > 1 } bytes)
            yield return request with { Bytes = bytes[..(bytes.Length / 2)] };
        if (request.Json is JsonObjectText { Members.Count: > 0 } json && request.Bytes is null)
        {
            for (var i = 0; i < json.Members.Count; i++)
                yield return request with { Json = new JsonObjectText(json.Members.RemoveAt(i)) };
        }
    }

    /// <summary>As <c>printf</c> takes it.</summary>
    private static string Escaped(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (var b in bytes)
            text.Append(b is >= (byte)' ' and < 0x7f and not ((byte)'\\' or (byte)'\'' or (byte)'%') ? $"{(char)b}" : b == '%' ? "%%" : $"\\{Convert.ToString(b, 8).PadLeft(3, '0')}");
        return text.ToString();
    }
}
