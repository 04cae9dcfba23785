using P2PChat.Client;
using P2PChat.Peer.Cli.Conversations;
using PeerException = P2PChat.Node.Model.PeerException;

namespace P2PChat.Peer.Cli;

/// <summary>Names for tab completion: contacts, open requests, the directory's peers, and rooms.</summary>
public static class KnownNames
{
    /// <returns>
    /// The usernames that were available in time: without a directory, those of contacts and requests.
    /// </returns>
    public static async Task<IReadOnlyList<string>> OfAsync(IPeer peer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(peer);
        var names = new SortedSet<string>(StringComparer.Ordinal);
        await TryAsync(async () =>
        {
            var contacts = await peer.ListContactsAsync(cancellationToken);
            names.UnionWith(contacts.Contacts.Select(contact => contact.Username));
            var requests = await peer.ListRequestsAsync(cancellationToken);
            names.UnionWith(requests.Requests.Select(request => request.Username));
            var peers = await peer.ListPeersAsync(cancellationToken);
            names.UnionWith(
                peers.Peers.Where(item => item.Relation != Relation.Ourselves).Select(item => item.Username)
            );
        });
        return [.. names];
    }

    /// <returns>The rooms as they are typed, then the usernames of <see cref="OfAsync"/>.</returns>
    public static async Task<IReadOnlyList<string>> WithRoomsAsync(IPeer peer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(peer);
        var names = new List<string>();
        // First, because it needs no directory.
        await TryAsync(async () =>
        {
            var rooms = await peer.Rooms.ListAsync(cancellationToken);
            names.AddRange(NamedRoom.Names(rooms.Rooms));
        });
        names.AddRange(await OfAsync(peer, cancellationToken));
        return names;
    }

    private static async Task TryAsync(Func<Task> add)
    {
        try
        {
            await add();
        }
        catch (Exception exception) when (exception is PeerException or PeerApiException or OperationCanceledException)
        {
            // Complete with fewer names.
        }
    }
}
