using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Model;

/// <summary>A part of a room, with what has changed between its messages.</summary>
/// <param name="Messages">Oldest first.</param>
/// <param name="Notices">
/// For each message the last of what comes before it, and one more for what comes after the last message.
/// </param>
public sealed record RoomHistory(
    IReadOnlyList<RoomMessageView> Messages,
    IReadOnlyList<IReadOnlyList<RoomNoticeView>> Notices,
    bool HasOlder,
    bool HasNewer
)
{
    public static readonly RoomHistory Empty = new(
        [],
        [
            [],
        ],
        HasOlder: false,
        HasNewer: false
    );

    /// <summary>How far others have read, as far as they have said so.</summary>
    public IReadOnlyList<(RoomPerson By, RoomEventId UpTo)> ReadBy { get; init; } = [];
}

/// <summary>A change of a room's members, roles or name.</summary>
/// <param name="Subject">Whom it concerns; null if nobody but its author.</param>
/// <param name="Role">The new role of the subject; <see cref="RoomRole.None"/> for other kinds.</param>
/// <param name="Name">The name that it has given the room, safe to display; null for other kinds.</param>
public sealed record RoomNoticeView(
    RoomEventId Id,
    RoomEventKind Kind,
    RoomPerson Author,
    RoomPerson? Subject,
    RoomRole Role,
    string? Name
)
{
    /// <summary>Whether it removes the picture of the room.</summary>
    public bool RemovesPicture { get; init; }
}
