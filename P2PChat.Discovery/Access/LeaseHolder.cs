using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;

namespace P2PChat.Discovery.Access;

/// <summary>Identifies the caller by the lease token in its request.</summary>
internal static class LeaseHolder
{
    /// <returns>The caller's PeerId; null if it sends no token of a live lease.</returns>
    public static async Task<string?> FindAsync(IPeerStore peers, HttpContext context) =>
        BearerToken.Read(context.Request) is { } token
        && await peers.FindForHolderAsync(token.Username, token, context.RequestAborted)
            is { Holds: true, Peer: { } peer }
            ? peer.PeerId
            : null;

    /// <exception cref="ProblemException">The caller sends no token of a live lease.</exception>
    public static async Task<string> RequireAsync(IPeerStore peers, HttpContext context) =>
        await FindAsync(peers, context) ?? throw new ProblemException(Problems.LeaseTokenUnknown());
}
