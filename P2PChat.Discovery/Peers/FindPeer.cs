using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Peers;

/// <summary><c>GET /peers/{username}</c>: who has the name; to one who holds a lease also where to reach it.</summary>
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

        var bringsToken = context.Request.Headers.Authorization.Count > 0;
        var token = LeaseToken.FromBearer(context.Request);
        if (bringsToken && token is null)
        {
            return Refused(Problems.LeaseTokenUnknown(), "unknown-token");
        }

        try
        {
            // The store's own patience bounds this; to watch for a caller that goes would cost more than the answer.
            var found = token is null
                ? new HolderFound(Holds: false, await store.FindAsync(name, withRecord: false, CancellationToken.None))
                : await store.FindForHolderAsync(name, token, CancellationToken.None);
            return Answer(name, found.Peer, bringsToken, found.Holds, asOf: null);
        }
        catch (StoreUnavailableException)
        {
            return FromMemory(name, token);
        }
    }

    private IResult FromMemory(Username name, LeaseToken? token)
    {
        // Who is not known here may well be known to the store, and so may be a token that another replica gave out.
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

        return Answer(name, peer, token is not null, holds.Value, asOf);
    }

    private IResult Answer(Username name, StoredPeer? peer, bool bringsToken, bool holds, DateTimeOffset? asOf)
    {
        if (bringsToken && !holds)
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
            lastKnown.Saw(peer);
        }

        metrics.LookedUp(asOf is null ? "found" : "remembered");
        return new JsonAnswer<FoundPeer>(
            new(peer.Username, peer.PeerId, peer.Online, peer.LastSeen, bringsToken ? peer.Signed : null, asOf),
            FindPeerJson.Default.FoundPeer
        );
    }

    private ProblemHttpResult Refused(Problem problem, string outcome)
    {
        metrics.LookedUp(outcome);
        return TypedResults.Problem(problem);
    }
}

/// <summary>What <see cref="PeerDetails"/> is on the wire, with the bytes of the record as they are kept: base64 is written straight from them.</summary>
internal sealed record FoundPeer(
    string Username,
    string PeerId,
    bool Online,
    DateTimeOffset LastSeen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SignedRecord? Signed,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? AsOf
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FoundPeer), GenerationMode = JsonSourceGenerationMode.Serialization)]
internal sealed partial class FindPeerJson : JsonSerializerContext;
