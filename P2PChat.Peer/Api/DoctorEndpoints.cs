using P2PChat.Client;

namespace P2PChat.Peer.Api;

/// <summary>The endpoint for connection checks.</summary>
internal static class DoctorEndpoints
{
    public static void MapDoctor(this IEndpointRouteBuilder api) =>
        api.MapGet("/doctor", CheckAsync)
            .WithSummary("Finds out why a peer can or cannot be reached, or checks this peer's own network.");

    private static Task<DoctorResponse> CheckAsync(string? username, IPeer peer, CancellationToken cancellationToken) =>
        peer.DoctorAsync(username, cancellationToken);
}
