using P2PChat.Discovery.Http;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Lookup;

/// <summary>The list of peers and lookups of one: services, endpoints and their OpenAPI descriptions.</summary>
internal static class LookupFeature
{
    public static void AddLookup(this IServiceCollection services)
    {
        services.AddSingleton<FindPeer>();
        services.AddSingleton<ListPeers>();
    }

    public static void MapLookup(this IEndpointRouteBuilder app)
    {
        var peers = app.MapGroup("/peers").WithTags("Peers");
        peers
            .MapGet("/", (HttpContext context, ListPeers list, string? after = null, int? limit = null) =>
                list.HandleAsync(context, after, limit)
            )
            .WithName("ListPeers")
            .WithSummary("Lists the peers by username")
            .WithDescription(
                "Offline peers stay in the list as long as their name is claimed. Pass next as after to get the "
                    + "following page. If asOf is set, the store is unavailable and the list is the last one that this "
                    + "replica knew."
            )
            .Produces<PeerListing>()
            .ProducesProblems(400, 401, 429, 503);

        peers
            .MapGet("/{username}", (HttpContext context, string username, FindPeer find) =>
                find.HandleAsync(context, username)
            )
            .WithName("FindPeer")
            .WithSummary("Looks up a peer")
            .WithDescription(
                "With the leaseToken of any live lease as bearer, the response includes the signed record with its "
                    + "endpoints."
            )
            .Produces<PeerDetails>()
            .ProducesProblems(400, 401, 404, 429, 503)
            .WithMetadata(new TakesLeaseToken(Optional: true));
    }
}
