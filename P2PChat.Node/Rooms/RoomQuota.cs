using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Bounds what others can make this peer store. Refused events are asked for again once there is space.
/// </summary>
internal static class RoomQuota
{
    /// <summary>Events of one room that this peer has not joined, in bytes.</summary>
    public const long InvitedRoomBytes = 8 * 1024 * 1024;

    /// <summary>The same for all rooms to which one contact has invited this peer.</summary>
    public const long InviterBytes = 16 * 1024 * 1024;

    /// <summary>Messages of one room, in bytes. Membership events may take as much once more.</summary>
    public const long RoomBytes = 64 * 1024 * 1024;

    /// <summary>
    /// Messages of one author once half of the room is full, in bytes, so that nobody alone can fill it for others.
    /// </summary>
    public const long AuthorBytes = RoomBytes / 8;

    private const long MaxAllBytes = 512L * 1024 * 1024;

    /// <summary>
    /// Events of all rooms, in bytes. They are in memory, so it is less on a small machine. Beyond it, each
    /// room may still have its share of half as much, so that no room can stop all others.
    /// </summary>
    public static long AllBytes { get; } =
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes is > 0 and var memory
            ? Math.Min(MaxAllBytes, memory / 4)
            : MaxAllBytes;

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
            return HasPlace(book.Bytes, book.All.Count, room.Sizes, bytes)
                && (
                    roomEvent.IsMembership
                        ? room.Sizes.All + bytes <= 2 * RoomBytes
                        : HasPlaceFor(room.Sizes, roomEvent.Author, bytes)
                );
        }

        return room.Sizes.All + bytes <= InvitedRoomBytes && book.BytesInvitedBy(inviter) + bytes <= InviterBytes;
    }

    /// <summary>Whether a room takes no more messages of this user.</summary>
    public static bool IsFull(RoomBook book, RoomHost room) =>
        !HasPlaceFor(room.Sizes, room.Self, RoomLimits.HeaderBytes)
        || !HasPlace(book.Bytes, book.All.Count, room.Sizes, RoomLimits.HeaderBytes);

    /// <summary>Whether another peer can be invited: before it joins, it takes in only so much.</summary>
    public static bool MayInvite(RoomHost room) => room.Sizes.Membership <= InvitedRoomBytes / 4 * 3;

    /// <summary>Whether an invitation has waited for long enough.</summary>
    public static bool IsExpired(RoomHost room, DateTimeOffset now) =>
        !room.Machine.HasJoinedBefore && room.AddedAt + InvitationAge < now;

    internal static bool HasPlaceFor(RoomSizes room, PeerId author, long bytes) =>
        room.All + bytes <= RoomBytes && (room.All <= RoomBytes / 2 || room.Of(author) + bytes <= AuthorBytes);

    internal static bool HasPlace(long all, int rooms, RoomSizes room, long bytes) =>
        all + bytes <= AllBytes || room.All + bytes <= AllBytes / 2 / Math.Max(1, rooms);
}
