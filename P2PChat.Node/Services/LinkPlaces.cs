using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Services;

/// <summary>
/// Shares the links among peers: members of rooms who are not contacts come without being asked, and many at once, so
/// they get at most half, and give way to contacts. Thread-safe.
/// </summary>
internal sealed class LinkPlaces(LinkTable links, SessionTable sessions, SessionContext context)
{
    /// <summary>Whether a link to a peer may be added.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public bool MayAdd(PeerId remote) =>
        IsAcquaintance(remote) ? HasPlaceFor(remote) : !links.IsFull || (IsContact(remote) && FindIdlest() is not null);

    /// <exception cref="PeerException">No link to a peer may be added, or the store cannot be read.</exception>
    public void ThrowIfFull(PeerId remote)
    {
        if (!MayAdd(remote))
        {
            throw new PeerException(
                PeerError.TooManyLinks,
                "This peer has reached its limit of connections. Disconnect from someone first."
            );
        }
    }

    /// <summary>Makes room for a link to a peer, if need be by closing one to an acquaintance.</summary>
    /// <returns>False if there are too many links.</returns>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public bool TryMakePlace(PeerId remote)
    {
        if (!links.IsFull || IsAcquaintance(remote))
        {
            return MayAdd(remote);
        }

        if (!IsContact(remote) || FindIdlest() is not { } idlest)
        {
            return false;
        }

        idlest.Close(CloseReason.Overloaded);
        return true;
    }

    // An acquaintance that has a link may also look for a better path, to which its conversation then moves.
    private bool HasPlaceFor(PeerId acquaintance)
    {
        if (links.IsFull || links.Count < links.Max / 2)
        {
            return !links.IsFull;
        }

        var open = Acquaintances.ToList();
        return open.Count < links.Max / 2 || open.Count(link => link.Remote == acquaintance) == 1;
    }

    private IEnumerable<Link> Acquaintances => links.All.Where(link => !link.IsClosing && IsAcquaintance(link.Remote));

    // The oldest one of those that have delivered everything.
    private Link? FindIdlest() =>
        Acquaintances
            .OrderBy(link => sessions.FindInMemory(link.Remote) is { Rooms.IsDelivering: true })
            .ThenBy(link => link.StartedAt)
            .FirstOrDefault();

    private bool IsAcquaintance(PeerId remote) =>
        sessions.FindInMemory(remote) is { Rooms: var known }
            ? known.IsAcquaintance || (!known.Reach.IsContact && context.RoomMembers.All.Contains(remote))
            : context.RoomMembers.All.Contains(remote) && !IsContact(remote);

    private bool IsContact(PeerId remote) =>
        sessions.FindInMemory(remote)?.Rooms.Reach.IsContact
        ?? SessionTable.Guard(() => context.Store.Conversations.IsContact(remote));
}
