using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Wallet.Service.Audit;
using Wallet.Service.Sessions;
using Wallet.Service.Startup;
using Wallet.Service.Storage;

namespace Wallet.Service.Observability;

/// <summary>Whether the process lives, and whether it can serve: <c>/health/live</c> and <c>/health/ready</c>.</summary>
internal static class Health
{
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(2);

    public static void AddWalletHealth(this IServiceCollection services, IConfiguration configuration)
    {
        var checks = services.AddHealthChecks().AddCheck<LedgerCheck>("ledger", timeout: CheckTimeout).AddCheck<AuditCheck>("audit");
        if (!string.IsNullOrEmpty(configuration.GetConnectionString("Redis")))
            checks.AddCheck<RedisCheck>("sessions", timeout: CheckTimeout);
    }

    public static void MapWalletHealth(this WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = static _ => false, ResponseWriter = WriteAsync }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous();
    }

    /// <summary>States and times. No exception's text: those name hosts and users, and anyone may ask.</summary>
    private static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status", Name(report.Status));
        json.WriteStartObject("checks");
        foreach (var (name, entry) in report.Entries)
        {
            json.WriteStartObject(name);
            json.WriteString("status", Name(entry.Status));
            if (entry.Description is { } description)
                json.WriteString("description", description);
            json.WriteNumber("duration_ms", Math.Round(entry.Duration.TotalMilliseconds, 1));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string Name(HealthStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());

    private sealed class LedgerCheck(ILedgerStore store, LedgerReadiness readiness) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            if (!readiness.IsReady)
                return HealthCheckResult.Unhealthy("The database has not been brought up to date yet.");
            try
            {
                await store.CheckAsync(cancellationToken);
                return HealthCheckResult.Healthy(store.Name);
            }
            catch (LedgerStoreException)
            {
                return HealthCheckResult.Unhealthy("The database cannot be written to.");
            }
        }
    }

    /// <summary>Never unhealthy: a broken row is an operator's to look at, and without copies nobody could pay.</summary>
    private sealed class AuditCheck(AuditState audit, IOptions<WalletOptions> options) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
            audit.Current.IsBroken ? HealthCheckResult.Degraded("The audit found something that is wrong; see /v1/admin/audit.")
            : HealthCheckResult.Healthy(options.Value.Audit.Enabled ? "no findings" : "this copy does not audit"));
    }

    private sealed class RedisCheck(RedisConnection redis) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await redis.Database.PingAsync();
                return HealthCheckResult.Healthy("redis");
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                return HealthCheckResult.Unhealthy("Redis cannot be reached.");
            }
        }
    }
}
