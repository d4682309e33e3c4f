using Microsoft.Extensions.DependencyInjection.Extensions;
using Wallet.Service.Storage;

namespace Wallet.Service.Audit;

/// <summary>The audit put together.</summary>
internal static class AuditSetup
{
    public static void AddWalletAudit(this WebApplicationBuilder builder)
    {
        // Both stores keep what an audit needs beside the ledger itself.
        builder.Services.TryAddSingleton(static provider => (IAuditStore)provider.GetRequiredService<ILedgerStore>());
        builder.Services.AddSingleton<RecentEntries>();
        builder.Services.AddSingleton<AuditState>();
        builder.Services.AddSingleton<AuditMetrics>();
        builder.Services.AddHostedService<Auditor>();
    }
}
