using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>A room of this peer, with what the user has set. Guarded by <see cref="RoomBook.Gate"/>.</summary>
internal sealed class RoomHost(RoomEventId id, PeerId self, RoomMachine machine)
{
    public RoomEventId Id => id;

    public PeerId Self => self;

    public RoomMachine Machine => machine;

    public RoomNotify Notify { get; set; }

    /// <summary>The last message that the user has read.</summary>
    public RoomEventId? ReadUpTo { get; set; }

    /// <summary>How far others have read, in a room of few. Lost with the process.</summary>
    public Dictionary<PeerId, RoomEventId> ReadBy { get; } = [];

    /// <summary>Null if the user has nothing to do with the room: nobody has invited this peer yet.</summary>
    public RoomStanding? Standing =>
        machine.State.Members.TryGetValue(self, out var member)
            ? member.HasJoined
                ? RoomStanding.Joined
                : RoomStanding.Invited
            : machine.HasJoinedBefore
                ? RoomStanding.Left
                : null;
}
