using P2PChat.Node.Model;
using P2PChat.Peer.Api;

namespace P2PChat.Peer.Cli;

/// <summary>The usernames that the tab key completes to: of contacts, of those who ask, and of the directory's list.</summary>
public static class KnownNames
{
    /// <returns>What was to be had in time: without a directory the contacts.</returns>
    public static async Task<IReadOnlyList<string>> OfAsync(IPeerControl peer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(peer);
        var names = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            names.UnionWith((await peer.ListContactsAsync(cancellationToken)).Select(contact => contact.Name.Value));
            names.UnionWith((await peer.ListRequestsAsync(cancellationToken)).Select(request => request.From.Value));
            names.UnionWith(
                (await peer.ListPeersAsync(cancellationToken))
                    .Where(view => view.Relation != Relation.Ourselves)
                    .Select(view => view.Name.Value)
            );
        }
        catch (Exception e) when (e is PeerException or ApiRefusalException or OperationCanceledException)
        {
            // Fewer names to complete to.
        }

        return [.. names];
    }
}
