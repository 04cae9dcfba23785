using Microsoft.Extensions.Options;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.ServiceDefaults.Resilience;

namespace P2PChat.Peer.Hosting;

/// <summary>Registers a peer with what this host adds: configuration, resilience and a health check.</summary>
public static class PeerServices
{
    /// <inheritdoc cref="PeerNodeServices.AddPeerNode"/>
    public static IHostApplicationBuilder AddPeer(this IHostApplicationBuilder builder, PeerOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        var telemetry = builder.Configuration.GetSection(TelemetryOptions.Section).Get<TelemetryOptions>();
        var services = builder.Services;
        services.AddPeerNode(options, telemetry ?? new TelemetryOptions());
        services.AddHttpClient(PeerNodeServices.DirectoryHttpClientName).AddResilience();
        services
            .AddHttpClient(PeerNodeServices.FileHttpClientName)
            .AddResilience(files =>
            {
                files.TryTimeout = PeerNodeServices.FileTryTimeout;
                files.TotalTimeout = files.TryTimeout;
                // The client decides itself, because a Retry-After may be minutes.
                files.MaxRetries = 0;
            });
        services.AddSingleton(provider =>
            provider
                .GetRequiredService<IOptionsMonitor<ResilienceOptions>>()
                .Get(PeerNodeServices.DirectoryHttpClientName)
                .BreakerControl
        );
        services.AddHealthChecks().AddCheck<PeerHealthCheck>("peer");
        return builder;
    }
}
