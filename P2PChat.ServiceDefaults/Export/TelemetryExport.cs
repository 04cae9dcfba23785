using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>Exports traces, metrics and logs over OTLP, without names, texts or keys.</summary>
internal static class TelemetryExport
{
    private static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Routing",
        "Microsoft.AspNetCore.Diagnostics",
        "Microsoft.AspNetCore.RateLimiting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "System.Net.Http",
        "System.Net.NameResolution",
        "System.Runtime",
        "Polly",
    ];

    /// <summary>
    /// Configured by OpenTelemetry's standard environment variables. Without an endpoint nothing is collected.
    /// </summary>
    public static void AddTelemetryExport(this IHostApplicationBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            return;
        }

        // ASP.NET Core sets the tags of its spans only if this switch is off.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);

        builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource => Describe(resource, builder))
            .WithTracing(tracing =>
                tracing
                    .AddSource(Telemetry.Name)
                    // .NET's client spans are complete. Its server spans lack route, status and error.
                    .AddSource("System.Net.Http")
                    .AddAspNetCoreInstrumentation(options => options.EnableRazorComponentsSupport = false)
                    .AddInstrumentation(ExceptionText.CleanOnSpans)
                    .AddProcessor(new ProbeSpanDropper())
                    .AddProcessor(new HttpSpanCleaner())
            )
            .WithMetrics(metrics => metrics.AddMeter(Telemetry.Name).AddMeter(Meters))
            .WithLogging(
                logging => logging.AddProcessor(new ExceptionCleaner()),
                options =>
                {
                    options.IncludeFormattedMessage = true;
                    // ASP.NET Core's scopes contain RequestPath.
                    options.IncludeScopes = false;
                }
            )
            .UseOtlpExporter();
        builder.Services.AddHostedService<ShutdownFlush>();
    }

    private static void Describe(ResourceBuilder resource, IHostApplicationBuilder builder)
    {
        var named =
            !string.IsNullOrEmpty(builder.Configuration["OTEL_SERVICE_NAME"])
            || (builder.Configuration["OTEL_RESOURCE_ATTRIBUTES"] ?? "").Contains(
                "service.name=",
                StringComparison.Ordinal
            );
        if (!named)
        {
            resource.AddService(builder.Environment.ApplicationName);
        }

        resource.AddAttributes([new("service.version", Telemetry.Version)]);
    }
}
