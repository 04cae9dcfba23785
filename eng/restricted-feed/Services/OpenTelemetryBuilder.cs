using Microsoft.Extensions.DependencyInjection;

namespace OpenTelemetry;

/// <summary>What the SDK's own extension methods set up in a service collection.</summary>
public sealed class OpenTelemetryBuilder : IOpenTelemetryBuilder
{
    internal OpenTelemetryBuilder(IServiceCollection services) => Services = services;

    public IServiceCollection Services { get; }
}
