using Microsoft.AspNetCore.Http.HttpResults;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Registration;

/// <summary><c>POST /peers/{username}/lease</c>: renews a lease by its token. The most frequent call by far.</summary>
internal sealed class RenewLease(IPeerStore store, LeaseTerms terms, LastKnownPeers lastKnown, DirectoryMetrics metrics)
{
    public async Task<IResult> HandleAsync(HttpContext context, string username)
    {
        using var span = Telemetry.Source.StartActivity("directory.renew");
        if (!Username.TryParse(username, out var name))
        {
            return TypedResults.Problem(Problems.InvalidUsername());
        }

        if (BearerToken.Read(context.Request) is not { } token || token.Username != name)
        {
            return Refused(Problems.LeaseTokenUnknown(), "unknown-token");
        }

        // The store has its own time-out; watching for a disconnected caller would cost more than the call.
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
        return new BufferedJsonResult<LeaseResponse>(
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
