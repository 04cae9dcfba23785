using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Lookup;

/// <summary>
/// <c>GET /peers/{username}</c>: looks up a peer. Callers with a lease also get its record with the endpoints.
/// </summary>
internal sealed class FindPeer(
    IPeerStore store,
    LastKnownPeers lastKnown,
    StoreHealth health,
    DirectoryMetrics metrics,
    IOptions<DirectoryOptions> options
)
{
    public async Task<IResult> HandleAsync(HttpContext context, string username)
    {
        using var span = Telemetry.Source.StartActivity("directory.lookup");
        if (!Username.TryParse(username, out var name))
        {
            return TypedResults.Problem(Problems.InvalidUsername());
        }

        var hasToken = context.Request.Headers.Authorization.Count > 0;
        var token = BearerToken.Read(context.Request);
        if (hasToken && token is null)
        {
            return Refused(Problems.LeaseTokenUnknown(), "unknown-token");
        }

        try
        {
            // The store has its own time-out; watching for a disconnected caller would cost more than the call.
            var found = token is null
                ? new HolderLookup(Holds: false, await store.FindAsync(name, withRecord: false, CancellationToken.None))
                : await store.FindForHolderAsync(name, token, CancellationToken.None);
            return Respond(name, found.Peer, hasToken, found.Holds, asOf: null);
        }
        catch (StoreUnavailableException)
        {
            return FromMemory(name, token);
        }
    }

    private IResult FromMemory(Username name, LeaseToken? token)
    {
        // A peer or token that this replica does not know may still be known to the store.
        var peer = lastKnown.Find(name.Value);
        var holds = token is { } held ? lastKnown.Holds(held) : false;
        if (
            peer is null
            || holds is null
            || health.LastAnswer is not { } asOf
            || token is not null && peer.Signed is null
        )
        {
            return Refused(Problems.StoreUnavailable(options.Value.StoreRetryAfter), "store-unavailable");
        }

        return Respond(name, peer, token is not null, holds.Value, asOf);
    }

    private IResult Respond(Username name, StoredPeer? peer, bool hasToken, bool holds, DateTimeOffset? asOf)
    {
        if (hasToken && !holds)
        {
            return Refused(Problems.LeaseTokenUnknown(), "unknown-token");
        }

        if (peer is null)
        {
            lastKnown.Forget(name.Value);
            return Refused(Problems.UnknownPeer(), "unknown-peer");
        }

        if (asOf is null)
        {
            lastKnown.Observe(peer);
        }

        metrics.LookedUp(asOf is null ? "found" : "remembered");
        return new BufferedJsonResult<FoundPeer>(
            new(
                peer.Username,
                peer.PeerId,
                peer.Online,
                peer.LastSeen,
                hasToken ? peer.Signed : null,
                asOf,
                hasToken ? peer.ObservedAddress : null
            ),
            FindPeerJson.Default.FoundPeer
        );
    }

    private ProblemHttpResult Refused(Problem problem, string outcome)
    {
        metrics.LookedUp(outcome);
        return TypedResults.Problem(problem);
    }
}

/// <summary>
/// Serializes like <see cref="PeerDetails"/>, but holds the record's bytes as stored, so that base64 is written
/// directly.
/// </summary>
internal sealed record FoundPeer(
    string Username,
    string PeerId,
    bool Online,
    DateTimeOffset LastSeen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SignedRecord? Signed,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? AsOf,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ObservedAddress
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FoundPeer), GenerationMode = JsonSourceGenerationMode.Serialization)]
internal sealed partial class FindPeerJson : JsonSerializerContext;
