using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Lookup;

/// <summary><c>GET /peers</c>: lists the listed peers by name, one page per call.</summary>
internal sealed class ListPeers(
    IPeerStore store,
    LastKnownPeers lastKnown,
    StoreHealth health,
    IOptions<DirectoryOptions> options
)
{
    public async Task<IResult> HandleAsync(HttpContext context, string? after = null, int? limit = null)
    {
        using var span = Telemetry.Source.StartActivity("directory.list");
        var size = limit ?? options.Value.PageSize;
        if (size < 1 || size > options.Value.MaxPageSize)
        {
            return TypedResults.Problem(
                Problems.Malformed($"limit= must be between 1 and {options.Value.MaxPageSize}.")
            );
        }

        Username from = default;
        if (!string.IsNullOrEmpty(after) && !Username.TryParse(after, out from))
        {
            return TypedResults.Problem(Problems.InvalidUsername());
        }

        var afterName = from.Value.Length == 0 ? null : from.Value;

        try
        {
            var page = await store.ListAsync(afterName, size, context.RequestAborted);
            return Respond(page, asOf: null);
        }
        catch (StoreUnavailableException) when (health.LastAnswer is not null)
        {
            return Respond(lastKnown.List(afterName, size), health.LastAnswer);
        }
    }

    private static BufferedJsonResult<PeerListing> Respond(PeerPage page, DateTimeOffset? asOf) =>
        new(
            new PeerListing(
                [.. page.Peers.Select(peer => new PeerSummary(peer.Username, peer.PeerId, peer.Online, peer.LastSeen))],
                page.HasMore ? page.Peers[^1].Username : null,
                asOf
            ),
            DirectoryJson.Default.PeerListing
        );
}
