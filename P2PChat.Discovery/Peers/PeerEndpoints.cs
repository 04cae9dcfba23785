using P2PChat.Discovery.Http;
using P2PChat.Discovery.Peers.Events;
using P2PChat.Protocol.DirectoryApi;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Discovery.Peers;

/// <summary>The addresses of the directory, and what OpenAPI says of each.</summary>
internal static class PeerEndpoints
{
    public static void MapPeers(this IEndpointRouteBuilder app)
    {
        var peers = app.MapGroup("/peers").WithTags("Peers");
        peers
            .MapPut("/{username}", (HttpContext context, string username, RegisterPeer register) =>
                register.HandleAsync(context, username)
            )
            .WithName("RegisterPeer")
            .WithSummary("Registers a peer, or replaces its record")
            .WithDescription(
                "The first to sign for a name claims it. Each later record must be signed by the same key and have a higher sequence. The answer's leaseToken replaces any earlier one."
            )
            .Accepts<SignedRecordBody>("application/json")
            .Produces<RegistrationResponse>(StatusCodes.Status201Created)
            .Produces<RegistrationResponse>()
            .ProducesProblems(400, 401, 403, 409, 413, 415, 429, 503);

        peers
            .MapPost("/{username}/lease", (HttpContext context, string username, RenewLease renew) =>
                renew.HandleAsync(context, username)
            )
            .WithName("RenewLease")
            .WithSummary("Renews a lease")
            .WithDescription("Needs the leaseToken as bearer, and no body. After a 401 or 404 the peer registers anew.")
            .Produces<LeaseResponse>()
            .ProducesProblems(400, 401, 404, 429, 503)
            .WithMetadata(new NeedsLeaseToken(Optional: false));

        peers
            .MapDelete("/{username}", (HttpContext context, string username, LeavePeer leave, bool release = false) =>
                leave.HandleAsync(context, username, release)
            )
            .WithName("LeavePeer")
            .WithSummary("Ends a lease, and with release=true the claim too")
            .WithDescription(
                "The body is a signed record whose purpose is to leave. Its signed release must equal the query's."
            )
            .Accepts<SignedRecordBody>("application/json")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblems(400, 401, 403, 404, 409, 413, 415, 429, 503);

        peers
            .MapGet("/", (HttpContext context, ListPeers list, string? after = null, int? limit = null) =>
                list.HandleAsync(context, after, limit)
            )
            .WithName("ListPeers")
            .WithSummary("Lists the peers by username")
            .WithDescription(
                "Peers that are offline stay in the list as long as their name is claimed. Pass next as after for the following page. With asOf set the store is away, and the list is what this replica last knew."
            )
            .Produces<PeerListing>()
            .ProducesProblems(400, 401, 429, 503);

        peers
            .MapGet("/{username}", (HttpContext context, string username, FindPeer find) =>
                find.HandleAsync(context, username)
            )
            .WithName("FindPeer")
            .WithSummary("Looks a peer up")
            .WithDescription(
                "With the leaseToken of any live lease as bearer the answer holds the signed record with its endpoints."
            )
            .Produces<PeerDetails>()
            .ProducesProblems(400, 401, 404, 429, 503)
            .WithMetadata(new NeedsLeaseToken(Optional: true));

        peers
            .MapGet("/events", (HttpContext context, EventStream stream, string? names = null) =>
                stream.WriteAsync(context, names)
            )
            .WithName("PeerEvents")
            .WithSummary("Streams what happens to peers, as server-sent events")
            .WithDescription(
                "Events: joined, updated, left (reason unregistered or expired), and reset, after which the list must be read again. Resumes from the header Last-Event-ID. names= keeps to some usernames, with commas between; unlisted peers are told of only so."
            )
            .Produces<PeerEventData>(contentType: "text/event-stream")
            .ProducesProblems(400, 401, 429, 503);

        app.MapGet("/directory", (DescribeDirectory describe) => describe.Handle())
            .WithName("DescribeDirectory")
            .WithTags("Directory")
            .WithSummary("Says which directory this is, and its limits")
            .WithDescription("A record names the directoryId, which all replicas share.")
            .Produces<DirectoryInfo>()
            .ProducesProblems(401, 429, 503);
    }
}
