using Microsoft.Extensions.Diagnostics.HealthChecks;
using P2PChat.Node.Model;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Hosting;

/// <summary>Reports a peer as healthy while it listens for connections and is registered with its directory.</summary>
internal sealed class PeerHealthCheck(StatusService status) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(
            (status.IsListening, status.Current.Directory) switch
            {
                (false, _) => HealthCheckResult.Unhealthy("The peer does not listen for connections."),
                (_, DirectoryState.Registered) => HealthCheckResult.Healthy(),
                (_, var state) => HealthCheckResult.Unhealthy($"The peer is not registered: {state}."),
            }
        );
}
