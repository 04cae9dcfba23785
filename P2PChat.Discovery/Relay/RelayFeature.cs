using P2PChat.Discovery.Http;
using P2PChat.Discovery.Relay.Legs;
using P2PChat.Discovery.Relay.Replicas;
using P2PChat.Discovery.Relay.Sessions;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Relay;

/// <summary>Path sessions and the relay: services, endpoints and their OpenAPI descriptions.</summary>
internal static class RelayFeature
{
    public static void AddRelay(this IServiceCollection services)
    {
        services.AddSingleton<PathSessionTable>();
        services.AddSingleton<IPathSessions>(provider => provider.GetRequiredService<PathSessionTable>());
        services.AddSingleton<PathSessionBudget>();
        services.AddSingleton<PathMetrics>();
        services.AddSingleton<StartPathSession>();
        services.AddSingleton<SendPathSignal>();
        services.AddSingleton<RelayTable>();
        services.AddSingleton<RelayMetrics>();
        services.AddSingleton<OpenRelayLeg>();
        services.AddHostedService<RelaySweeper>();
        services.AddSingleton<ReplicaIdentity>();
        services.AddSingleton<IReplicaForwarder, ReplicaForwarder>();
        services.AddHostedService<ReplicaAnnouncer>();
    }

    public static void MapRelay(this IEndpointRouteBuilder app)
    {
        var sessions = app.MapGroup("/relay/sessions").WithTags("Paths");
        sessions
            .MapPost("/", (HttpContext context, StartPathSession start) => start.HandleAsync(context))
            .WithName("StartPathSession")
            .WithSummary("Starts a path session with a peer that is online")
            .WithDescription(
                "The body holds a signed PathRequest. The peer that is asked gets it as the event session of its "
                    + "signal stream. Requires the leaseToken of the name that the request is from as bearer. The "
                    + "token in the response is a secret of this side, for its signals and its relay leg."
            )
            .Accepts<PathSessionBody>("application/json")
            .Produces<PathSessionResponse>(StatusCodes.Status201Created)
            .ProducesProblems(400, 401, 403, 404, 409, 413, 415, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: false));

        sessions
            .MapPost("/{sessionId}/signals", (HttpContext context, string sessionId, SendPathSignal send) =>
                send.HandleAsync(context, sessionId)
            )
            .WithName("SendPathSignal")
            .WithSummary("Sends a signal to the other side of a path session")
            .WithDescription(
                "The peer that was asked sends answer, once, with its signed PathAnswer; the peer that asked sends "
                    + "start for the second and third try. The other side gets it as the event path of its signal "
                    + "stream. Requires the side's session token as bearer, and no join token."
            )
            .Accepts<PathSignalBody>("application/json")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 403, 409, 413, 415, 429, 503)
            .WithMetadata(new TakesSessionToken());

        sessions
            .MapGet("/{sessionId}", (HttpContext context, string sessionId, OpenRelayLeg open) =>
                open.HandleAsync(context, sessionId)
            )
            .WithName("OpenRelayLeg")
            .WithSummary("Opens one side's leg of the relay")
            .WithDescription(
                $"A WebSocket upgrade with the subprotocol {RelayProtocol.Subprotocol}. The binary messages of one "
                    + "leg arrive at the other, once both are open. Requires the side's session token as bearer, "
                    + "which opens one leg, and no join token."
            )
            .Produces(StatusCodes.Status101SwitchingProtocols)
            .ProducesProblems(401, 403, 426, 429, 503)
            .WithMetadata(new TakesSessionToken());
    }
}
