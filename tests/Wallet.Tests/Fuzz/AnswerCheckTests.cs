using System.Text;
using Wallet.Tests.Servers;

namespace Wallet.Tests.Fuzz;

/// <summary>The fuzzer sees what it looks for.</summary>
public sealed class AnswerCheckTests
{
    private const string Document =
        """
        {"components": {"schemas": {
          "Thing": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "owner": {"type": "string"}}},
          "Problem": {"type": "object"}}},
        "paths": {"/v1/things": {"get": {"responses": {
          "200": {"description": "OK", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
          "400": {"description": "`invalid_request`: malformed.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}}}}}}
        """;

    private static readonly FuzzUser Stranger = new("stranger-1", "their-token");
    private static readonly ApiDescription Api = new(Document);
    private readonly AnswerCheck _check = new(Api, new LedgerTally(), [Stranger], ["secret-1"]);

    [Theory]
    [InlineData(200, """{"id": 1}""", null)]
    [InlineData(200, """{"id": "1"}""", "form")]
    [InlineData(200, """{}""", "form")]
    [InlineData(201, """{"id": 1}""", "status")]
    [InlineData(200, """{"id": 1, "owner": "stranger-1"}""", "somebody else's id")]
    [InlineData(200, """{"id": 1, "owner": "secret-1"}""", "somebody else's data")]
    [InlineData(200, """{"id": 918273000000001}""", "somebody else's balance")]
    [InlineData(200, """{"id": 1, "owner": "System.Net.Sockets.SocketException"}""", "inside")]
    [InlineData(400, """{"type": "t", "title": "t", "status": 400, "code": "invalid_request", "trace_id": "0af7651916cd43dd8448eb211c80319c"}""", null)]
    [InlineData(400, """{"type": "t", "title": "t", "status": 400, "code": "invalid_request", "trace_id": "00000000000000000000000000000000"}""", "trace id")]
    [InlineData(400, """{"type": "t", "title": "t", "status": 400, "code": "invalid_request"}""", "without trace_id")]
    [InlineData(400, """{"type": "t", "title": "t", "status": 422, "code": "invalid_request", "trace_id": "0af7651916cd43dd8448eb211c80319c"}""", "another status")]
    [InlineData(400, """{"type": "t", "title": "t", "status": 400, "code": "invalid_cursor", "trace_id": "0af7651916cd43dd8448eb211c80319c"}""", "does not have for this call")]
    [InlineData(400, """{"type": "t", "title": "t", "status": 400, "code": "oops", "trace_id": "0af7651916cd43dd8448eb211c80319c"}""", "catalogue")]
    [InlineData(500, """{"type": "t", "title": "t", "status": 500, "code": "internal_error", "trace_id": "0af7651916cd43dd8448eb211c80319c"}""", "does not have for this call")]
    public void A_rule_that_is_broken_is_seen(int status, string content, string? fault)
    {
        var request = new FuzzRequest { Method = "GET", Path = "/v1/things", Headers = [("Host", "wallet")], Operation = Api.Operations[0], User = new FuzzUser("jane", "token") };

        var found = _check.FaultOf(request, Answer(status, content));

        if (fault is null)
            Assert.Null(found);
        else
            Assert.Contains(fault, found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_success_for_nobody_is_seen()
    {
        var request = new FuzzRequest { Method = "GET", Path = "/v1/things", Headers = [("Host", "wallet")], Operation = Api.Operations[0], User = null };

        Assert.Equal("a success for nobody", _check.FaultOf(request, Answer(200, """{"id": 1}""")));
    }

    private static RawAnswer Answer(int status, string content) => new(
        status,
        [("Content-Type", status < 400 ? "application/json" : "application/problem+json"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")],
        Encoding.UTF8.GetBytes(content));
}
