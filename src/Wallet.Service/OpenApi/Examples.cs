using System.Text.Json.Nodes;

namespace Wallet.Service.OpenApi;

/// <summary>Request bodies that work against the demonstration accounts as they are.</summary>
internal static class Examples
{
    public static JsonNode? OfRequest(string endpointName) => endpointName switch
    {
        "CreateTransfer" => new JsonObject { ["to_user_id"] = "yunus", ["amount"] = 100, ["message"] = "lunch" },
        "OpenAccount" => new JsonObject { ["currency"] = "SGD", ["name"] = "savings" },
        _ => null,
    };
}
