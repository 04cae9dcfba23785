using Microsoft.AspNetCore.Http.HttpResults;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Peers;

/// <summary><c>POST /peers/{username}/lease</c>: the call that all peers make all day. No signature, no body.</summary>
internal sealed class RenewLease(IPeerStore store, LeaseTerms terms, LastKnownPeers lastKnown, DirectoryMetrics metrics)
{
    public async Task<IResult> HandleAsync(HttpContext context, string username)
    {
        using var span = Telemetry.Source.StartActivity("directory.renew");
        if (!Username.TryParse(username, out var name))
        {
            return TypedResults.Problem(Problems.InvalidUsername());
        }

        if (LeaseToken.FromBearer(context.Request) is not { } token || token.Username != name)
        {
            return Refused(Problems.LeaseTokenUnknown(), "unknown-token");
        }

        // The store's own patience bounds this; to watch for a caller that goes would cost more than the answer.
        var result = await store.RenewAsync(name, token.Hash, CancellationToken.None);
        switch (result.Outcome)
        {
            case RenewOutcome.UnknownPeer:
                lastKnown.Forget(name.Value);
                return Refused(Problems.UnknownPeer(), "unknown-peer");
            case RenewOutcome.UnknownToken:
                return Refused(Problems.LeaseTokenUnknown(), "unknown-token");
        }

        metrics.Renewed("renewed");
        lastKnown.Renewed(name.Value, terms.LastSeen(result.LeaseExpiresAt), token.Hash);
        return new JsonAnswer<LeaseResponse>(
            new(result.LeaseExpiresAt, terms.RenewAfterSeconds()),
            DirectoryJson.Default.LeaseResponse
        );
    }

    private ProblemHttpResult Refused(Problem problem, string outcome)
    {
        metrics.Renewed(outcome);
        return TypedResults.Problem(problem);
    }
}
