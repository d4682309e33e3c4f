using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Wallet.Service.Startup;

/// <summary>Tells a developer, once the ledger is ready, where it listens and how to make a first transfer.</summary>
internal static class StartupBanner
{
    public static void PrintWhenReady(WebApplication app)
    {
        var lifetime = app.Lifetime;
        var readiness = app.Services.GetRequiredService<LedgerReadiness>();
        lifetime.ApplicationStarted.Register(() => readiness.WhenReady.ContinueWith(
            _ => Print(app), lifetime.ApplicationStopping, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default));
    }

    private static void Print(WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses;
        if (addresses?.FirstOrDefault() is not { } address)
            return;
        Console.WriteLine(
            $$"""

              WalletService listens on {{address}}
              Documentation and calls to try: {{address}}/docs

              Development: the tokens {{string.Join(", ", DemoAccounts.Users)}} sign in as those users. A first transfer:

                curl -s {{address}}/v1/transfers -H 'Authorization: Bearer house' -H 'Idempotency-Key: my-first-transfer' \
                  -H 'Content-Type: application/json' -d '{"to_user_id": "yunus", "amount": 100, "message": "lunch"}'

            """);
    }
}
