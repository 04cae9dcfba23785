using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Bounds what others can make this peer store. Refused events are asked for again once there is space.
/// </summary>
internal static class RoomQuota
{
    /// <summary>Events of one room that this peer has not joined, in bytes.</summary>
    public const long InvitedRoomBytes = 2 * 1024 * 1024;

    /// <summary>The same for all rooms to which one contact has invited this peer.</summary>
    public const long InviterBytes = 8 * 1024 * 1024;

    /// <summary>Messages of one room, in bytes. Membership events may take as much once more.</summary>
    public const long RoomBytes = 64 * 1024 * 1024;

    /// <summary>Events of all rooms, in bytes.</summary>
    public const long AllBytes = 512L * 1024 * 1024;

    /// <summary>How long an invitation waits for the user.</summary>
    public static TimeSpan InvitationAge { get; } = TimeSpan.FromDays(30);

    public static long SizeOf(RoomEvent roomEvent) => RoomLimits.HeaderBytes / 4 + (roomEvent.Body?.Length ?? 0);

    /// <summary>Whether an event may be taken in. Before the join, messages are of no use.</summary>
    public static bool Allows(RoomBook book, RoomHost room, RoomEvent roomEvent)
    {
        var bytes = SizeOf(roomEvent);
        if (!room.Machine.IsMember && !roomEvent.IsMembership)
        {
            return false;
        }

        if (room.Machine.HasJoinedBefore || room.Inviter is not { } inviter)
        {
            return room.Bytes + bytes <= (roomEvent.IsMembership ? 2 * RoomBytes : RoomBytes)
                && book.Bytes + bytes <= AllBytes;
        }

        return room.Bytes + bytes <= InvitedRoomBytes && book.BytesInvitedBy(inviter) + bytes <= InviterBytes;
    }

    /// <summary>Whether an invitation has waited for long enough.</summary>
    public static bool IsExpired(RoomHost room, DateTimeOffset now) =>
        !room.Machine.HasJoinedBefore && room.AddedAt + InvitationAge < now;
}
