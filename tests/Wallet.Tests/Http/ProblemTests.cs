using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Wallet.Ledger;
using Wallet.Service.Commit;
using Wallet.Service.Http;
using Wallet.Service.Storage;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Http;

public sealed class ProblemTests(SqliteWallet wallet) : IClassFixture<SqliteWallet>
{
    [Fact]
    public void Every_refusal_of_the_ledger_has_a_problem_of_its_own()
    {
        var codes = Enum.GetValues<Outcome>().Except([Outcome.Done]).Select(o => ProblemCatalog.For(o)).ToArray();

        Assert.Equal(codes.Length, codes.Select(p => p.Code).Distinct().Count());
        Assert.All(codes, p => Assert.Contains(p.Status, new[] { 404, 422 }));
    }

    [Fact]
    public void Every_command_without_a_decision_has_a_problem_and_only_a_bug_is_a_500()
    {
        foreach (var status in Enum.GetValues<CommitStatus>().Except([CommitStatus.Decided]))
            Assert.Equal(status == CommitStatus.Failed ? 500 : 503, ProblemCatalog.For(status).Status);
    }

    [Fact]
    public void Codes_are_unique_and_say_what_they_say_in_snake_case()
    {
        Assert.Equal(ProblemCatalog.All.Count, ProblemCatalog.All.Select(p => p.Code).Distinct().Count());
        Assert.All(ProblemCatalog.All, p => Assert.Matches("^[a-z]+(_[a-z]+)*$", p.Code));
    }

    [Fact]
    public void The_document_has_a_section_for_each_problem_with_its_words_and_no_other()
    {
        var document = Repository.Read("docs/problems.md");

        Assert.Equal(ProblemCatalog.All.Select(p => p.Code), Regex.Matches(document, "^## (.+)$", RegexOptions.Multiline).Select(m => m.Groups[1].Value));
        Assert.All(ProblemCatalog.All, p => Assert.Contains(
            $"## {p.Code}\n\n**{p.Status}. {p.Title}.** {p.Meaning}\n\nWhat to do: {p.Remedy}\n", document, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_type_of_a_problem_leads_to_a_page_about_it()
    {
        var refused = await (await wallet.Host.NewUserAsync()).GetAsync("/v1/balance?currency=EUR");

        var page = await wallet.Host.SendAsync(HttpMethod.Get, refused.Body.GetProperty("type").GetString()!, token: null);

        Assert.Equal((200, "text/html"), (page.Status, page.MediaType));
        Assert.Contains("account_not_found", page.Text, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_index_leads_to_every_page()
    {
        var index = await wallet.Host.SendAsync(HttpMethod.Get, "/problems", token: null);

        foreach (var code in ProblemCatalog.All.Select(p => p.Code))
        {
            Assert.Contains($"\"/problems/{code}\"", index.Text, StringComparison.Ordinal);
            Assert.Equal(200, (await wallet.Host.SendAsync(HttpMethod.Get, $"/problems/{code}", token: null)).Status);
        }

        (await wallet.Host.SendAsync(HttpMethod.Get, "/problems/<script>", token: null)).AssertProblem(404, "not_found");
    }

    [Fact]
    public async Task With_a_public_address_the_type_is_absolute()
    {
        await using var host = await WalletHost.StartAsync(
            wallet.Redis, new Dictionary<string, string?>(wallet.NewFile()) { ["Wallet:PublicUrl"] = "https://wallet.example/" });

        var refused = await (await host.SignInAsync("someone")).GetAsync("/v1/balance");

        Assert.Equal("https://wallet.example/problems/account_not_found", refused.Body.GetProperty("type").GetString());
    }

    [Fact]
    public async Task The_trace_id_is_that_of_the_callers_trace()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

        var refused = await wallet.Host.SendAsync(HttpMethod.Get, "/v1/balance", token: null, content: null, ("traceparent", $"00-{Trace}-00f067aa0ba902b7-01"));

        Assert.Equal(Trace, refused.Body.GetProperty("trace_id").GetString());
    }

    [Fact]
    public async Task A_client_who_left_before_she_was_told_of_a_problem_is_no_failure()
    {
        var context = new DefaultHttpContext { RequestServices = wallet.Host.Services, RequestAborted = new CancellationToken(canceled: true) };
        var away = new LedgerStoreException(StoreFailure.Unavailable, "The database is away.");

        Assert.True(await new FailureHandler(NullLogger<FailureHandler>.Instance).TryHandleAsync(context, away, CancellationToken.None));
        Assert.Equal(503, context.Response.StatusCode);
    }
}
