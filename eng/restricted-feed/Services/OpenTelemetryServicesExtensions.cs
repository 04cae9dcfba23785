using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Starts OpenTelemetry's SDK with the host.</summary>
public static class OpenTelemetryServicesExtensions
{
    /// <summary>May be called more than once; there is one provider of each signal for a service collection.</summary>
    public static OpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services)
    {
        // Before all other services, so that nothing that they do at their start is missed.
        if (!services.Any(service => service.ImplementationType == typeof(Starter)))
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, Starter>());
        return new OpenTelemetryBuilder(services);
    }

    private sealed class Starter(IServiceProvider services) : IHostedService
    {
        // A provider listens as soon as it is made; the container disposes it.
        public Task StartAsync(CancellationToken cancellationToken)
        {
            _ = services.GetService<MeterProvider>();
            _ = services.GetService<TracerProvider>();
            _ = services.GetService<LoggerProvider>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
