using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>Answer of <c>GET /api/rooms</c>.</summary>
public sealed record RoomsResponse(IReadOnlyList<RoomItem> Rooms);

/// <summary>A room of this peer. Calls take its id.</summary>
/// <param name="Id">64 hexadecimal digits.</param>
/// <param name="Name">Safe to display. Several rooms can have one name.</param>
/// <param name="Members">The number of members who have joined.</param>
/// <param name="Unread">At most 1000.</param>
/// <param name="Mentions">How many unread messages mention this user.</param>
/// <param name="InvitedBy">
/// Who has invited this user, or has made the link; null for a room that this user has made.
/// </param>
/// <param name="Last">The newest message; null if there is none.</param>
public sealed record RoomItem(
    string Id,
    string Name,
    RoomStanding Standing,
    RoomRole Role,
    int Members,
    int Unread,
    int Mentions,
    RoomNotify Notify,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RoomPersonItem? InvitedBy = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RoomMessageItem? Last = null
)
{
    /// <summary>Whether the room stores no more messages.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsFull { get; init; }

    /// <summary>Whether there is a picture: <c>GET /api/rooms/{room}/picture</c>.</summary>
    public bool HasPicture { get; init; }

    /// <summary>The person who has removed this peer; null if it has left, or is still there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RoomPersonItem? RemovedBy { get; init; }

    /// <summary>What has changed. Only in events; null if it is only about what this user has set or read.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RoomChangeItem? Change { get; init; }
}

/// <summary>A change of a room, in an event.</summary>
/// <param name="Who">The person it is about.</param>
/// <param name="By">The person who did it; null if unknown.</param>
/// <param name="Role">The new role, if it has changed.</param>
/// <param name="You">Whether it is about this user.</param>
/// <param name="ByYou">Whether this user has done it.</param>
public sealed record RoomChangeItem(
    RoomChangeKind Kind,
    RoomPersonItem Who,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RoomPersonItem? By = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RoomRole? Role = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool You = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool ByYou = false
);

/// <summary>The kind of a change to a room or its members.</summary>
[JsonConverter(typeof(KebabCase<RoomChangeKind>))]
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

/// <summary>This peer's standing in a room.</summary>
[JsonConverter(typeof(KebabCase<RoomStanding>))]
public enum RoomStanding
{
    /// <summary>Somebody has invited this peer, and it has not joined.</summary>
    Invited,
    Joined,

    /// <summary>This peer has left or was removed: see <see cref="RoomItem.RemovedBy"/>.</summary>
    Left,

    /// <summary>This peer has a link to the room, and the moderator who made it has not answered yet.</summary>
    Waiting,
}

/// <summary>A rank in a room.</summary>
[JsonConverter(typeof(KebabCase<RoomRole>))]
public enum RoomRole
{
    /// <summary>This peer is not a member.</summary>
    None = 0,
    Member = 1,

    /// <summary>Invites, removes members, and changes the name and the picture of the room.</summary>
    Moderator = 2,

    /// <summary>Also gives roles. Every room has one.</summary>
    Owner = 3,
}

/// <summary>Which messages of a room notify the user.</summary>
[JsonConverter(typeof(KebabCase<RoomNotify>))]
public enum RoomNotify
{
    All = 0,
    Mentions = 1,
    None = 2,
}

/// <summary>
/// A person in a room. Calls take the username, with a question mark if it is not checked, or the beginning of the key.
/// </summary>
/// <param name="PeerId">The key. People see its first seven characters.</param>
/// <param name="Username">Null if unknown.</param>
/// <param name="Checked">
/// Whether the username is a contact's, or was confirmed by the directory. Otherwise the person has only said so: show
/// it with a question mark.
/// </param>
public sealed record RoomPersonItem(string PeerId, string? Username, bool Checked);

/// <summary>Answer of <c>GET /api/rooms/{room}/members</c>.</summary>
public sealed record RoomMembersResponse(IReadOnlyList<RoomMemberItem> Members);

/// <summary>A member, or somebody who is invited.</summary>
/// <param name="Joined">False if invited only.</param>
/// <param name="Connected">Whether a link to them is open.</param>
public sealed record RoomMemberItem(RoomPersonItem Person, RoomRole Role, bool Joined, bool Blocked, bool Connected);

/// <summary>Answer of <c>GET /api/rooms/{room}/messages</c>.</summary>
/// <param name="Messages">Oldest first.</param>
/// <param name="More">Whether there are more in the direction that was asked for.</param>
public sealed record RoomMessagesResponse(IReadOnlyList<RoomMessageItem> Messages, bool More);

/// <summary>A message of a room.</summary>
/// <param name="Id">64 hexadecimal digits.</param>
/// <param name="Room">The room's id.</param>
/// <param name="Text">Empty if it was deleted for everyone.</param>
/// <param name="SentAt">By the author's clock; null if unknown. The order of messages does not follow it.</param>
/// <param name="Yours">Whether this user sent it.</param>
/// <param name="AfterRemoval">Its author had been removed or had left when it was sent.</param>
/// <param name="Collapsed">Its author is blocked: show the text only on demand.</param>
/// <param name="MentionsYou">Whether it mentions this user, or everybody.</param>
/// <param name="Readers">
/// How many members have said since this peer's start that they have read it, if it is this user's. Only in rooms of up
/// to 16 members.
/// </param>
public sealed record RoomMessageItem(
    string Id,
    string Room,
    string RoomName,
    RoomPersonItem From,
    string Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? SentAt,
    bool Yours,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RoomQuoteItem? ReplyTo = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyList<RoomReactionItem>? Reactions = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? EditedAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Deleted = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool AfterRemoval = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Collapsed = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool MentionsYou = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Readers = 0
);

/// <summary>Answer of <c>GET /api/rooms/{room}/messages/{id}/info</c>.</summary>
/// <param name="ReceivedAt">When this peer received it, by its own clock; null for an own one, and if unknown.</param>
/// <param name="Versions">The earlier versions, oldest first: the first, and the last 20.</param>
/// <param name="Changes">Reactions, edits and deletes, newest first, at most 50.</param>
/// <param name="ReadBy">Members who have said that they have read it. Only in rooms of up to 16 members.</param>
/// <param name="ReceivedBy">
/// Other members who have it: they have acknowledged it since this peer's start, or have written after it.
/// </param>
/// <param name="WaitingFor">Members to whom this peer has not delivered it yet, if it is this user's.</param>
public sealed record RoomMessageInfoResponse(
    RoomMessageItem Message,
    DateTimeOffset? ReceivedAt,
    IReadOnlyList<VersionItem> Versions,
    IReadOnlyList<RoomMessageChangeItem> Changes,
    IReadOnlyList<RoomPersonItem> ReadBy,
    IReadOnlyList<RoomPersonItem> ReceivedBy,
    IReadOnlyList<RoomPersonItem> WaitingFor
);

/// <summary>A change to a message of a room.</summary>
/// <param name="SentAt">By the clock of the person who made it.</param>
public sealed record RoomMessageChangeItem(MessageChange Change, RoomPersonItem From, DateTimeOffset SentAt);

/// <summary>Answer of <c>GET /api/rooms/search</c>, newest first.</summary>
/// <param name="Next">Pass it as <c>before</c> for more; null if there are none.</param>
public sealed record RoomSearchResponse(IReadOnlyList<RoomMessageItem> Messages, long? Next);

/// <summary>The message that a reply quotes, as it is now.</summary>
/// <param name="From">Null if this peer does not have the message.</param>
/// <param name="Text">The beginning of its text; null if it was deleted, or this peer does not have it.</param>
public sealed record RoomQuoteItem(string Id, RoomPersonItem? From, string? Text);

/// <summary>A member's reaction.</summary>
public sealed record RoomReactionItem(RoomPersonItem From, string Emoji);

/// <summary>Body of <c>POST /api/rooms</c>.</summary>
/// <param name="History">Number of earlier messages that a new member gets, at most 1000.</param>
public sealed record RoomRequest(string Name, int History = 0);

/// <summary>Body of <c>POST /api/rooms/{room}/invites</c>.</summary>
/// <param name="Username">A contact.</param>
public sealed record RoomInviteRequest(string Username);

/// <summary>Body of <c>PUT /api/rooms/{room}/name</c>.</summary>
public sealed record RoomNameRequest(string Name);

/// <summary>Body of <c>PUT /api/rooms/{room}/notify</c>.</summary>
public sealed record RoomNotifyRequest(RoomNotify Notify);

/// <summary>Body of <c>PUT /api/rooms/{room}/members/{person}/role</c>.</summary>
/// <param name="Role"><c>owner</c> hands the room over.</param>
public sealed record RoomRoleRequest(RoomRole Role);

/// <summary>Body of <c>POST /api/rooms/{room}/messages</c>.</summary>
/// <param name="ReplyTo">The id of the message that it replies to.</param>
public sealed record RoomSendRequest(string Text, string? ReplyTo = null);

/// <summary>Body of <c>POST /api/rooms/{room}/read</c>.</summary>
/// <param name="UpTo">The id of the last message that was read; null for all.</param>
public sealed record RoomReadRequest(string? UpTo = null);

/// <summary>Body of <c>POST /api/rooms/{room}/unread</c>.</summary>
/// <param name="From">The first message to mark as unread.</param>
public sealed record RoomUnreadRequest(string From);

/// <summary>Answer of <c>GET /api/rooms/{room}/links</c>, newest first, also those that have ended.</summary>
public sealed record RoomLinksResponse(IReadOnlyList<RoomLinkItem> Links);

/// <summary>An invite link to a room; also the answer to <c>POST /api/rooms/{room}/links</c>.</summary>
/// <param name="Id">Eight characters, for people and for <c>DELETE /api/rooms/{room}/links/{id}</c>.</param>
/// <param name="Uses">How many people it admits.</param>
/// <param name="UsedBy">Those who were invited by it, oldest first.</param>
/// <param name="Link">The link itself: a secret. Null if it is no longer open.</param>
/// <param name="LocalNetworkOnly">Whether the link works on this peer's network only.</param>
public sealed record RoomLinkItem(
    string Id,
    RoomLinkState State,
    int Uses,
    IReadOnlyList<RoomPersonItem> UsedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    string? Link = null,
    bool LocalNetworkOnly = false
);

/// <summary>Whether a link to a room can still be used.</summary>
[JsonConverter(typeof(KebabCase<RoomLinkState>))]
public enum RoomLinkState
{
    Open,

    /// <summary>All uses are spent.</summary>
    Used,
    Revoked,
    Expired,
}

/// <summary>Why a link to a room has not led to an invitation.</summary>
[JsonConverter(typeof(KebabCase<RoomLinkRefusal>))]
public enum RoomLinkRefusal
{
    /// <summary>There is no such link, or it was altered.</summary>
    Unknown,
    Used,
    Revoked,
    Expired,
    RoomFull,

    /// <summary>The person who made it may not invite any more.</summary>
    NotAllowed,

    /// <summary>This user was removed from the room, so that a moderator has to invite them by name.</summary>
    Removed,

    /// <summary>A reason that this version of the client does not know. No peer sends it.</summary>
    Other = -1,
}

/// <summary>Body of <c>POST /api/rooms/{room}/links</c>.</summary>
/// <param name="Uses">How many people can join by it: 1 to 100.</param>
/// <param name="Hours">How long it is valid: 1 to 2160.</param>
public sealed record NewRoomLinkRequest(int Uses = 1, int Hours = 168);
