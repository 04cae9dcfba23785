using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>A room of this peer, with what the user has set. Guarded by <see cref="RoomBook.Gate"/>.</summary>
internal sealed class RoomHost(PeerId self, StoredRoom stored, RoomMachine machine)
{
    public RoomEventId Id { get; } = stored.Snapshot.Room;

    public PeerId Self => self;

    /// <summary>The peer that sent the first event; null if this peer made the room.</summary>
    public PeerId? Inviter { get; } = stored.Inviter;

    public DateTimeOffset AddedAt { get; } = stored.AddedAt;

    public RoomMachine Machine => machine;

    public RoomSizes Sizes { get; } = new(stored.Snapshot.Events);

    /// <summary>When the log has last said that the room takes no more events.</summary>
    public DateTimeOffset? FullLoggedAt { get; set; }

    /// <summary>Whether the room was restored from a backup, and this peer must not write yet.</summary>
    public bool IsBehind { get; set; } = stored.IsRestored;

    public RoomNotify Notify { get; set; } = stored.Notify;

    /// <summary>The last message that the user has read.</summary>
    public RoomEventId? ReadUpTo { get; set; } = stored.ReadUpTo;

    /// <summary>
    /// Messages that the user has not read, although their place is before <see cref="ReadUpTo"/>, because they came
    /// late. Lost with the process.
    /// </summary>
    public HashSet<RoomEventId> Late { get; } = [];

    /// <summary>The members of whose forks the user has been told.</summary>
    public HashSet<PeerId> ForksSeen { get; } = [.. stored.ForksSeen];

    /// <summary>Idempotency keys since the start, with the message that each has produced.</summary>
    public RecentKeys<(byte[] TextHash, RoomEventId Message)> Keys { get; } = new();

    /// <summary>The same for links: what was asked for, and the link's id.</summary>
    public RecentKeys<(int Uses, int Hours, ReadOnlyMemory<byte> Id)> LinkKeys { get; } = new();

    /// <summary>How far others have read, in a small room. Lost with the process.</summary>
    public Dictionary<PeerId, RoomEventId> ReadBy { get; } = [];

    /// <summary>Bounds what members can make the user interface do by signals.</summary>
    public RoomSignalThrottle Signals { get; } = new();

    /// <summary>What the user was last told about the members.</summary>
    public RoomTransitions Transitions { get; } = new(self, machine);

    /// <summary>This peer asks to be invited by a link; null if it does not.</summary>
    public RoomLinkRequest? Request { get; set; } = stored.Request;

    /// <summary>Null if the user has nothing to do with the room: nobody has invited this peer yet.</summary>
    public RoomStanding? Standing =>
        machine.State.Members.TryGetValue(self, out var member)
            ? member.HasJoined
                ? RoomStanding.Joined
                : RoomStanding.Invited
            : Request is not null
                ? RoomStanding.Waiting
                : machine.HasJoinedBefore
                    ? RoomStanding.Left
                    : null;
}
