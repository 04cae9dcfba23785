using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Console;
using P2PChat.ServiceDefaults.Export;
using P2PChat.ServiceDefaults.Health;
using P2PChat.ServiceDefaults.Http;

namespace P2PChat.ServiceDefaults;

/// <summary>Defaults that all processes share: telemetry, health, service discovery, a clock.</summary>
public static class HostDefaults
{
    private const string Services = "services";

    /// <summary>
    /// Adds telemetry (exported if <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set), HTTP clients that resolve
    /// <c>http://discovery</c> from <c>services:discovery:http:0</c> and bypass the proxy for loopback, and logs
    /// without request paths, because these contain usernames.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        LoopbackBypass.Install();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHealthChecks();
        builder.Services.ConfigureHttpClientDefaults(http => http.RemoveAllLoggers());
        // Without configured services, the resolver would only slow down the start and each call.
        if (builder.Configuration.GetSection(Services).Exists())
        {
            builder.Services.AddServiceDiscovery();
            builder.Services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
        }

        builder.Services.AddPathFreeLogs();
        // Unread standard output must not block logging.
        builder.Services.Configure<ConsoleLoggerOptions>(console =>
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite
        );
        builder.AddTelemetryExport();
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (readiness) and <c>/alive</c> (liveness), in every environment and without authentication.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapHealth();
        return app;
    }
}
