using P2PChat.Client;
using PeerException = P2PChat.Node.Model.PeerException;

namespace P2PChat.Peer.Cli;

/// <summary>Usernames for tab completion: contacts, open requests and the directory's peers.</summary>
public static class KnownNames
{
    /// <returns>The names that were available in time: without a directory, those of contacts and requests.</returns>
    public static async Task<IReadOnlyList<string>> OfAsync(IPeer peer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(peer);
        var names = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            var contacts = await peer.ListContactsAsync(cancellationToken);
            names.UnionWith(contacts.Contacts.Select(contact => contact.Username));
            var requests = await peer.ListRequestsAsync(cancellationToken);
            names.UnionWith(requests.Requests.Select(request => request.Username));
            var peers = await peer.ListPeersAsync(cancellationToken);
            names.UnionWith(
                peers.Peers.Where(item => item.Relation != Relation.Ourselves).Select(item => item.Username)
            );
        }
        catch (Exception exception) when (exception is PeerException or PeerApiException or OperationCanceledException)
        {
            // Complete with fewer names.
        }

        return [.. names];
    }
}
