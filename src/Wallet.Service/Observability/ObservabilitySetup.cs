using System.Reflection;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Wallet.Service.Observability;

/// <summary>Logs, traces and metrics put together.</summary>
internal static class ObservabilitySetup
{
    /// <summary>The meter and the activity source of the service's own measurements.</summary>
    public const string SourceName = "Wallet";

    private const string ServiceName = "wallet";

    public static void AddWalletObservability(this WebApplicationBuilder builder)
    {
        builder.AddWalletLogging();
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                builder.Configuration["OTEL_SERVICE_NAME"] ?? ServiceName,
                serviceVersion: typeof(ObservabilitySetup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion))
            .WithMetrics(static metrics => metrics
                .AddMeter(SourceName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql")
                .AddRuntimeInstrumentation()
                .AddPrometheusExporter());
        if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            builder.Logging.AddOpenTelemetry(static logs => logs.IncludeScopes = true);
            // Spans that nobody collects would still be made, for every request.
            telemetry.WithTracing(static tracing => tracing
                .AddSource(SourceName)
                .AddNpgsql()
                .AddAspNetCoreInstrumentation(static http => http.Filter = static context => !RequestLog.IsProbe(context.Request.Path)));
            telemetry.UseOtlpExporter();
        }

        builder.Services.AddWalletHealth(builder.Configuration);
    }

    public static void MapWalletMetrics(this WebApplication app) => app.MapPrometheusScrapingEndpoint("/metrics").AllowAnonymous();

    public static void AddWalletLogging(this WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.Configure(static logging =>
            logging.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        if (builder.Environment.IsDevelopment())
        {
            builder.Logging.AddSimpleConsole(static console => console.SingleLine = true);
            return;
        }

        builder.Logging.AddJsonConsole(static console =>
        {
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            console.IncludeScopes = true;
        });
    }
}
