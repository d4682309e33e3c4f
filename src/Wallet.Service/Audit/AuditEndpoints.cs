using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Wallet.Service.Http;

namespace Wallet.Service.Audit;

/// <summary>What the auditor has to say, for operators.</summary>
internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder admin) =>
        admin.MapGet("/audit", Show)
            .WithName("GetAudit").WithTags("Administration")
            .WithSummary("Shows how far the audit of the ledger has come and what it found")
            .WithDescription("Needs the scope `admin`. The kinds of findings are explained in the operations guide.")
            .WithAnswerExample(
                """
                {
                  "verdict": "broken",
                  "enabled": true,
                  "turn": {"number": 7, "phase": "transfers", "began_at": "2030-01-31T08:00:00Z", "accounts": 4, "entries": 12, "transfers": 5},
                  "turn_ended_at": "2030-01-31T07:50:03.120456Z",
                  "waiting": 2,
                  "lag_seconds": 0.4,
                  "findings": [
                    {
                      "kind": "broken_hash",
                      "warning": false,
                      "account_id": 1000,
                      "seq": 3,
                      "transfer_id": "eaed4fdc-d507-8d66-86a5-66bb2c28f373",
                      "found_at": "2030-01-31T08:00:01.000501Z"
                    }
                  ]
                }
                """);

    private static Ok<AuditResponse> Show(AuditState state, RecentEntries recent, IOptions<WalletOptions> options) =>
        TypedResults.Ok(AuditResponse.From(state.Current, recent, options.Value.Audit.Enabled));
}
