namespace P2PChat.Protocol.Rooms;

/// <summary>What an event does (docs/protocol.md, section 25). The values are on the wire and stored.</summary>
public enum RoomEventKind
{
    None = 0,
    Create = 1,
    Invite = 2,
    Join = 3,
    Leave = 4,
    Remove = 5,
    Role = 6,
    Rename = 7,
    Picture = 8,

    /// <summary>The last kind of membership events. Those that this version does not know have no effect.</summary>
    LastMembership = 15,

    /// <summary>A text. Kinds after <see cref="Change"/> are messages as well, and are shown by their text.</summary>
    Message = 16,

    /// <summary>A reaction to a message, an edit, or a delete. Not shown itself.</summary>
    Change = 17,
}

/// <summary>A member's rank. The values are on the wire and stored.</summary>
public enum RoomRole
{
    None = 0,
    Member = 1,
    Moderator = 2,
    Owner = 3,
}
