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

/// <summary>What every process of P2PChat has in common: telemetry, health, service discovery, a clock.</summary>
public static class HostDefaults
{
    private const string Services = "services";

    /// <summary>
    /// Telemetry goes out where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set; HTTP clients resolve <c>http://discovery</c> from
    /// <c>services:discovery:http:0</c> and call loopback without a proxy; logs contain no paths, because ours contain usernames.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        LoopbackBypass.Install();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHealthChecks();
        builder.Services.ConfigureHttpClientDefaults(http => http.RemoveAllLoggers());
        // Where no service has been given an address there is nothing to resolve, at each call and at the start.
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
    /// <c>/health</c>, for "may I be sent work?", and <c>/alive</c>, for "must I be restarted?": in every environment, to
    /// anybody who reaches the port.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapHealth();
        return app;
    }
}
