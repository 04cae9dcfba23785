using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Model;

/// <summary>Which messages of a room notify the user. The values are stored.</summary>
public enum RoomNotify
{
    All = 0,

    /// <summary>Only messages that mention the user.</summary>
    Mentions = 1,
    None = 2,
}

/// <summary>What this peer is in a room.</summary>
public enum RoomStanding
{
    /// <summary>Somebody has invited this peer, and it has not joined.</summary>
    Invited,
    Joined,

    /// <summary>This peer has left or was removed. What it had is kept until the user deletes the room.</summary>
    Left,

    /// <summary>This peer has a link to the room, and the moderator who made it has not answered yet.</summary>
    Waiting,
}

/// <summary>A person in a room.</summary>
/// <param name="Name">The pinned name of a contact; otherwise the name that the person gave. Null if unknown.</param>
/// <param name="HasCheckedName">
/// Whether the name is pinned to this key, or the directory has confirmed it. True for this user.
/// </param>
public sealed record RoomPerson(PeerId Key, Username? Name, bool HasCheckedName)
{
    /// <summary>Whether the user knows that key under the name.</summary>
    public bool IsContact { get; init; }

    /// <summary>The name for people: with a question mark if nobody has checked it.</summary>
    public string Shown => Name is { } name ? (HasCheckedName ? name.Value : $"{name}?") : Key.Short;
}

/// <summary>The id and the name of a room. The name is safe to display.</summary>
public sealed record RoomRef(RoomEventId Id, string Name);

/// <summary>A member of a room, or somebody who is invited.</summary>
public sealed record RoomMemberView(RoomPerson Person, RoomRole Role, bool HasJoined)
{
    public bool IsBlocked { get; init; }

    /// <summary>Whether a link to them is open.</summary>
    public bool IsConnected { get; init; }
}

/// <summary>A room in a list of all rooms.</summary>
/// <param name="Name">As its owner or moderators have named it; safe to display.</param>
/// <param name="Role">This peer's role; <see cref="RoomRole.None"/> if it has not joined.</param>
/// <param name="Members">The number of members who have joined.</param>
/// <param name="Unread">Messages of others that the user has not read, at most 1000.</param>
/// <param name="Mentions">How many of these mention the user.</param>
public sealed record RoomView(
    RoomEventId Id,
    string Name,
    RoomStanding Standing,
    RoomRole Role,
    int Members,
    int Unread,
    int Mentions,
    RoomNotify Notify
)
{
    /// <summary>The person who invited this peer, or made its link; null for a room of its own.</summary>
    public RoomPerson? InvitedBy { get; init; }

    /// <summary>The person who removed this peer; null if it has left, or is still there.</summary>
    public RoomPerson? RemovedBy { get; init; }

    /// <summary>The newest message; null if there is none.</summary>
    public RoomMessageView? Last { get; init; }

    /// <summary>The event that has set the picture; null if there is none.</summary>
    public RoomEventId? Picture { get; init; }

    /// <summary>Whether it takes no more messages of this user, because it has reached a limit.</summary>
    public bool IsFull { get; init; }

    /// <summary>
    /// Whether nobody else is a member or invited, so that the room can be deleted without leaving it.
    /// </summary>
    public bool IsAlone { get; init; }
}

/// <summary>An invite link that this peer has made to a room.</summary>
/// <param name="Id">Eight characters, for people.</param>
/// <param name="Link">Null if it is no longer open, or its directory's address cannot be part of a link.</param>
/// <param name="Uses">How many people it admits.</param>
/// <param name="UsedBy">Those who were invited by it, oldest first.</param>
/// <param name="LocalNetworkOnly">Whether the link works on this peer's network only.</param>
public sealed record RoomLinkView(
    string Id,
    RoomInviteState State,
    InviteLink? Link,
    int Uses,
    IReadOnlyList<RoomPerson> UsedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    bool LocalNetworkOnly
);

/// <summary>What has changed about a room or its members.</summary>
public enum RoomChangeKind
{
    Invited,
    Joined,
    Left,
    Removed,

    /// <summary>An invitation was declined or withdrawn.</summary>
    Withdrawn,
    Role,
    Renamed,
    Picture,
}

/// <summary>A change of a room.</summary>
/// <param name="Who">Whom it is about.</param>
/// <param name="By">Who has done it; null if unknown.</param>
/// <param name="Role">The new role, of <see cref="RoomChangeKind.Role"/>.</param>
public sealed record RoomChangeView(RoomChangeKind Kind, RoomPerson Who, RoomPerson? By, RoomRole Role)
{
    public bool IsAboutUser { get; init; }

    public bool IsByUser { get; init; }
}

/// <summary>A message of a room as it is now.</summary>
/// <param name="Text">Empty if it was deleted for everyone.</param>
/// <param name="SentAt">By the author's clock; null if the message has lost its body.</param>
public sealed record RoomMessageView(RoomEventId Id, RoomRef Room, RoomPerson From, string Text, DateTimeOffset? SentAt)
{
    public bool IsOwn { get; init; }

    public bool IsRemoved { get; init; }

    /// <summary>Its author was removed or had left when it was sent, and did not know.</summary>
    public bool IsAfterRemoval { get; init; }

    /// <summary>Whether the user has blocked the author, so that the text is shown only on demand.</summary>
    public bool IsCollapsed { get; init; }

    public bool MentionsUser { get; init; }

    public DateTimeOffset? EditedAt { get; init; }

    public RoomQuote? ReplyTo { get; init; }

    public IReadOnlyList<(RoomPerson From, string Emoji)> Reactions { get; init; } = [];

    /// <summary>How many members have said that they have read it, if the user sent it.</summary>
    public int Readers { get; init; }

    /// <summary>This message without any text of one that is deleted for everyone.</summary>
    internal RoomMessageView Without(RoomEventId removed) =>
        Id == removed ? this with { Text = "", IsRemoved = true, ReplyTo = null, Reactions = [] }
        : ReplyTo?.Id == removed ? this with { ReplyTo = ReplyTo with { Text = null } }
        : this;

    internal int MemoryBytes => 1024 + 2 * (Text.Length + (ReplyTo?.Text?.Length ?? 0)) + 256 * Reactions.Count;
}

/// <summary>The message that a reply quotes, as it is now.</summary>
/// <param name="From">Null if this peer does not have the message.</param>
/// <param name="Text">
/// The beginning of its text; null if it was deleted or is by a blocked member, or this peer does not have it.
/// </param>
public sealed record RoomQuote(RoomEventId Id, RoomPerson? From, string? Text);

/// <summary>One page of search results in rooms, the newest first.</summary>
/// <param name="Next">The position to pass as <c>before</c> for the next page; null on the last page.</param>
public sealed record RoomSearchPage(IReadOnlyList<FoundRoomMessage> Messages, long? Next);

/// <summary>A search result in a room.</summary>
/// <param name="Position">When its text arrived, compared with others.</param>
public sealed record FoundRoomMessage(long Position, RoomMessageView Message);

/// <summary>A part of a room's messages, oldest first.</summary>
public sealed record RoomMessagePage(IReadOnlyList<RoomMessageView> Messages, bool HasMore);
