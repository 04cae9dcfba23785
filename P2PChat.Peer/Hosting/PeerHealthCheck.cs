using Microsoft.Extensions.Diagnostics.HealthChecks;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Hosting;

/// <summary>A peer is of use to others only while it takes calls and can be found.</summary>
internal sealed class PeerHealthCheck(PeerListener listener, DirectoryRegistration membership) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(
            (listener.IsBound, membership.State) switch
            {
                (false, _) => HealthCheckResult.Unhealthy("It takes no calls."),
                (_, DirectoryState.Registered) => HealthCheckResult.Healthy(),
                (_, var state) => HealthCheckResult.Unhealthy($"It cannot be found: {state}."),
            }
        );
}
