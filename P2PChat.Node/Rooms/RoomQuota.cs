using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Bounds what others can make this peer store. What is refused is asked for again after a restart, or when a
/// member names it as a head.
/// </summary>
internal static class RoomQuota
{
    /// <summary>Events of one room that this peer has not joined, in bytes.</summary>
    public const long InvitedRoomBytes = 8 * 1024 * 1024;

    /// <summary>The same for all rooms to which one contact has invited this peer.</summary>
    public const long InviterBytes = 16 * 1024 * 1024;

    /// <summary>
    /// Messages of one room, in bytes. Membership events have a quota of the same size, so they displace no messages.
    /// </summary>
    public const long RoomBytes = 64 * 1024 * 1024;

    /// <summary>
    /// What an author may have in any case once half of the room is full, in bytes. In a small room it is more, so that
    /// nobody alone can fill it for others.
    /// </summary>
    public const long AuthorBytes = RoomBytes / 8;

    /// <summary>
    /// How much more is taken of others than this peer would write, in bytes: they may have stopped with less than is
    /// here.
    /// </summary>
    public const long Slack = 1024 * 1024;

    /// <summary>A small event, such as one that deletes a message, in bytes.</summary>
    public const long SmallEvent = 1024;

    private const long MaxAllBytes = 512L * 1024 * 1024;

    /// <summary>
    /// Events of all rooms, in bytes. They are in memory, so it is less on a small machine. Beyond it, each
    /// joined room may still have its share of half as much, so that no room can stop all others.
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
        if (!roomEvent.IsMembership && !room.Machine.IsMember)
        {
            return false;
        }

        if (!room.Machine.HasJoinedBefore && room.Inviter is { } inviter)
        {
            return room.Sizes.All + bytes <= InvitedRoomBytes && book.BytesInvitedBy(inviter) + bytes <= InviterBytes;
        }

        // Who is in a room is decided by all of them, so they are not refused for other rooms.
        return roomEvent.IsMembership ? room.Sizes.All + bytes <= 2 * RoomBytes
            : Erases(room.Machine.Log, roomEvent) ? room.Sizes.Messages + bytes <= RoomBytes + Slack
            : IsWithin(room.Sizes, JoinedMembers(room), roomEvent.Author, bytes)
                && HasPlace(AllBytes, book.Bytes, JoinedRooms(book), room.Sizes, bytes);
    }

    /// <summary>Whether a room takes no more messages of this user.</summary>
    public static bool IsFull(RoomBook book, RoomHost room) => IsFull(book, room, RoomLimits.HeaderBytes);

    /// <summary>Whether a room does not take a message of this user.</summary>
    /// <param name="body">The size of its body, in bytes.</param>
    public static bool IsFull(RoomBook book, RoomHost room, int body)
    {
        var bytes = RoomLimits.HeaderBytes / 4 + body;
        return !MayWrite(room.Sizes, JoinedMembers(room), room.Self, bytes)
            || !HasPlace(AllBytes, book.Bytes, JoinedRooms(book), room.Sizes, bytes);
    }

    /// <summary>Whether another peer can be invited: before it joins, it takes in only so much.</summary>
    public static bool MayInvite(RoomHost room) => HasPlaceForNewcomers(room.Sizes);

    /// <summary>Whether a room takes another picture. It leaves place for who is invited later.</summary>
    public static bool HasPlaceForPicture(RoomSizes room, int bytes) => room.Membership + bytes <= InvitedRoomBytes / 2;

    internal static bool HasPlaceForNewcomers(RoomSizes room) => room.Membership <= InvitedRoomBytes / 4 * 3;

    /// <summary>Whether an invitation has waited for long enough.</summary>
    public static bool IsExpired(RoomHost room, DateTimeOffset now) =>
        !room.Machine.HasJoinedBefore && room.Request is null && room.AddedAt + InvitationAge < now;

    /// <summary>Whether a message of this peer has place in its room.</summary>
    internal static bool MayWrite(RoomSizes room, int members, PeerId self, long bytes) =>
        room.Messages + bytes <= RoomBytes && HasShare(room, members, self, bytes, slack: 0);

    /// <summary>Whether a message of another peer has place in its room.</summary>
    internal static bool IsWithin(RoomSizes room, int members, PeerId author, long bytes)
    {
        var slack = bytes <= SmallEvent ? 2 * Slack : Slack;
        return room.Messages + bytes <= RoomBytes + slack / 2 && HasShare(room, members, author, bytes, slack);
    }

    internal static bool HasPlace(long total, long all, int rooms, RoomSizes room, long bytes) =>
        all + bytes <= total || room.All + bytes <= total / 2 / Math.Max(1, rooms);

    private static bool HasShare(RoomSizes room, int members, PeerId author, long bytes, long slack) =>
        room.Messages <= RoomBytes / 2
        || room.Of(author) + bytes <= Math.Max(AuthorBytes, RoomBytes / Math.Max(1, members)) + slack;

    // One for each text that is here, so they are as bounded as these.
    internal static bool Erases(RoomLog log, RoomEvent roomEvent) =>
        SizeOf(roomEvent) <= SmallEvent
        && RoomMessage.Of(roomEvent)?.Content is RoomContent.Delete delete
        && (log.Find(delete.Of) ?? log.FindWaiting(delete.Of)) is { IsMembership: false, Body: not null } target
        && target.Author == roomEvent.Author
        && RoomMessage.Of(target)?.Content is not RoomContent.Delete;

    private static int JoinedMembers(RoomHost room) =>
        room.Machine.State.Members.Values.Count(member => member.HasJoined);

    private static int JoinedRooms(RoomBook book) => book.All.Count(room => room.Machine.IsMember);
}
