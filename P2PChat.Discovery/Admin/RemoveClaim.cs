using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Admin;

/// <summary>
/// <c>DELETE /admin/claims/{username}</c>: frees a name, for example because its owner lost their key. Stop a peer that
/// still runs under it first, or it registers again.
/// </summary>
internal sealed partial class RemoveClaim(
    IPeerStore store,
    LastKnownPeers lastKnown,
    DirectoryMetrics metrics,
    OperatorKey operatorKey,
    ILogger<RemoveClaim> logger
)
{
    public async Task<IResult> HandleAsync(HttpContext context, string username)
    {
        operatorKey.Require(context.Request);
        if (!Username.TryParse(username, out var name))
        {
            return TypedResults.Problem(Problems.InvalidUsername());
        }

        if (!await store.RemoveAsync(name, context.RequestAborted))
        {
            return TypedResults.Problem(Problems.UnknownPeer());
        }

        lastKnown.Forget(name.Value);
        metrics.Unregistered("removed");
        LogRemoved(logger);
        return TypedResults.NoContent();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The operator removed a claim.")]
    private static partial void LogRemoved(ILogger logger);
}
