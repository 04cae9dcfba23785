using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Bounds the rooms to which others invite this peer. A contact that makes 10,000 rooms exhausts only its own quota.
/// </summary>
public sealed class RoomAdmission
{
    /// <summary>Rooms of which this peer is a member.</summary>
    public const int MaxRooms = 256;

    /// <summary>Rooms to which one contact has invited this peer, and which it has not joined.</summary>
    public const int MaxInvitationsPerContact = 16;

    private readonly Dictionary<RoomEventId, PeerId> _invitations = [];
    private readonly HashSet<RoomEventId> _joined = [];

    /// <summary>Whether an event of this room may be taken in.</summary>
    /// <param name="from">The contact that has sent it.</param>
    public bool Admit(RoomEventId room, PeerId from)
    {
        if (_joined.Contains(room) || _invitations.ContainsKey(room))
        {
            return true;
        }

        if (_invitations.Values.Count(inviter => inviter == from) >= MaxInvitationsPerContact)
        {
            return false;
        }

        _invitations.Add(room, from);
        return true;
    }

    /// <summary>Whether this peer may make or join another room.</summary>
    public bool MayJoin(RoomEventId room) => _joined.Contains(room) || _joined.Count < MaxRooms;

    /// <summary>This peer makes or joins a room.</summary>
    /// <returns>False if it is in too many.</returns>
    public bool Join(RoomEventId room)
    {
        if (_joined.Contains(room))
        {
            return true;
        }

        if (_joined.Count >= MaxRooms)
        {
            return false;
        }

        _ = _invitations.Remove(room);
        return _joined.Add(room);
    }

    /// <summary>The user has declined, left or deleted the room.</summary>
    public void Leave(RoomEventId room)
    {
        _ = _invitations.Remove(room);
        _ = _joined.Remove(room);
    }
}
