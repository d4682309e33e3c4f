using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Wallet.Bench.Data;
using Wallet.Bench.Load;

namespace Wallet.Tests.Bench;

public sealed partial class RequestWriterTests
{
    private const int Requests = 2_000;
    private static readonly Population Few = new(Accounts: 20, Users: 10);

    public static TheoryData<string> Scenarios => [.. Scenario.All.Select(static s => s.Name)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Each_request_is_whole_and_of_a_user_who_is_signed_in(string name)
    {
        var tokens = Enumerable.Range(0, (int)Few.Users).Select(static user => RequestWriter.TokenOf(user)).ToHashSet();
        foreach (var (kind, head, body) in Write(name))
        {
            Assert.Matches("^(POST /v1/transfers|GET /v1/balance|GET /v1/transactions) HTTP/1.1\r\nHost: ", head);
            Assert.Equal(kind == RequestKind.Transfer, head.StartsWith("POST", StringComparison.Ordinal));
            Assert.Contains(Token().Match(head).Groups[1].Value, tokens);
            if (kind == RequestKind.Transfer)
                Assert.Contains($"\r\nContent-Length: {body.Length}\r\n", head);
            else
                Assert.Empty(body);
        }
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Nobody_pays_herself_and_no_key_comes_twice(string name)
    {
        var transfers = Write(name).Where(static r => r.Kind == RequestKind.Transfer).ToList();

        Assert.Equal(transfers.Count, transfers.Select(static r => Key().Match(r.Head).Value).Distinct().Count());
        Assert.All(transfers, static r => Assert.NotEqual(PayerOf(r.Head), PayeeOf(r.Body)));
    }

    [Fact]
    public void A_hot_account_is_always_the_same_and_the_others_are_all()
    {
        var toShop = Write("hot-payee");
        Assert.Single(toShop.Select(static r => PayeeOf(r.Body)).Distinct());
        Assert.Equal(Few.Users - 1, toShop.Select(static r => PayerOf(r.Head)).Distinct().Count());

        var payroll = Write("hot-payer");
        Assert.Single(payroll.Select(static r => PayerOf(r.Head)).Distinct());
        Assert.Equal(Few.Accounts - 1, payroll.Select(static r => PayeeOf(r.Body)).Distinct().Count());
    }

    [Fact]
    public void The_same_seed_gives_the_same_users()
    {
        static IEnumerable<string> Users(int seed) => Write("uniform", seed).Select(static r => PayerOf(r.Head) + PayeeOf(r.Body));

        Assert.Equal(Users(1), Users(1));
        Assert.NotEqual(Users(1), Users(2));
    }

    private static List<(RequestKind Kind, string Head, string Body)> Write(string name, int seed = 7)
    {
        var writer = new RequestWriter(Scenario.All.Single(s => s.Name == name), Few, seed);
        var buffer = new byte[1_024];
        var requests = new List<(RequestKind, string, string)>();
        for (var i = 0; i < Requests; i++)
        {
            var (kind, length) = writer.Write(buffer);
            var parts = Encoding.ASCII.GetString(buffer, 0, length).Split("\r\n\r\n");
            requests.Add((kind, parts[0] + "\r\n", parts[1]));
        }

        return requests;
    }

    private static string PayerOf(string head)
    {
        var token = Token().Match(head).Groups[1].Value;
        return LoadPlan.UserId(Enumerable.Range(0, (int)Few.Users).Single(user => RequestWriter.TokenOf(user) == token));
    }

    private static string PayeeOf(string body) => JsonSerializer.Deserialize<JsonElement>(body).GetProperty("to_user_id").GetString()!;

    [GeneratedRegex("\r\nAuthorization: Bearer ([^\r]+)\r\n")]
    private static partial Regex Token();

    [GeneratedRegex("\r\nIdempotency-Key: [^\r]+\r\n")]
    private static partial Regex Key();
}
