using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>An event of <c>GET /api/events</c>. A closed set, but clients must expect more in later versions.</summary>
public abstract record ApiEvent
{
    private ApiEvent() { }

    /// <summary>Resume after this event by passing the id to <see cref="RemotePeer.ListenAsync"/>.</summary>
    [JsonIgnore]
    public string? EventId { get; init; }

    /// <summary>A peer asks to connect.</summary>
    /// <param name="PeerId">The key that the peer presented. People see its first seven characters.</param>
    /// <param name="Invite">See <see cref="RequestItem"/>.</param>
    /// <param name="ByMail">See <see cref="RequestItem"/>.</param>
    public sealed record RequestReceived(
        string Username,
        string PeerId,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] InviteItemState? Invite = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool ByMail = false
    ) : ApiEvent;

    /// <summary>A request by mail was accepted: the two are contacts, but not connected yet.</summary>
    /// <param name="ByThem">Whether the other peer has accepted; otherwise this one has.</param>
    public sealed record ContactAdded(string Username, bool ByThem) : ApiEvent;

    /// <summary>A request ended before this peer answered it.</summary>
    public sealed record RequestWithdrawn(string Username) : ApiEvent;

    /// <summary>A connection is open: both sides have accepted.</summary>
    /// <param name="Path">How it travels; null if it has ended again.</param>
    public sealed record Connected(
        string Username,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PathKind? Path = null
    ) : ApiEvent;

    /// <summary>An open connection has moved to another path.</summary>
    public sealed record PathChanged(string Username, PathKind Path) : ApiEvent;

    /// <summary>A connection ended, or could not be established.</summary>
    public sealed record Disconnected(string Username, DisconnectReason Reason) : ApiEvent;

    /// <summary>A message arrived.</summary>
    public sealed record MessageReceived(MessageItem Message) : ApiEvent;

    /// <summary>A message was edited or deleted for everyone, or its reactions changed.</summary>
    /// <param name="Username">The other peer of the conversation.</param>
    /// <param name="By">The user who made the change: the other user or this peer's.</param>
    /// <param name="Message">The message as it is now.</param>
    public sealed record MessageChanged(string Username, string By, MessageChange Change, MessageItem Message)
        : ApiEvent;

    /// <summary>A user has set how long new messages stay before they disappear.</summary>
    /// <param name="Username">The other peer of the conversation.</param>
    /// <param name="By">The user who set it: the other one, or this peer's.</param>
    /// <param name="Seconds">
    /// 0 if they do not disappear. If both set it at once, another value can count: read it again.
    /// </param>
    /// <param name="Id">The id of the line of the history that says so.</param>
    public sealed record TimerChanged(string Username, string By, long Seconds, Guid Id) : ApiEvent;

    /// <summary>
    /// A message was removed on this side because its time ran out. Stop showing it. One that was not delivered stays
    /// in the history without its text.
    /// </summary>
    /// <param name="Username">The other peer of the conversation.</param>
    /// <param name="From">Who sent the message; null from a peer of an older version.</param>
    public sealed record MessageDisappeared(string Username, Guid Id, string? From = null) : ApiEvent;

    /// <summary>
    /// A file was offered, or its transfer has changed. While it moves, this is repeated a few times per second.
    /// </summary>
    public sealed record FileChanged(FileItem File) : ApiEvent;

    /// <summary>
    /// The state of an outgoing message changed. The state <c>read</c> applies to all messages that were sent earlier,
    /// too.
    /// </summary>
    /// <param name="Username">The recipient.</param>
    /// <param name="Id">The message's id.</param>
    public sealed record Receipt(string Username, Guid Id, MessageState State) : ApiEvent;

    /// <summary>
    /// This user's last change of one kind of a message has arrived, or will not. What has failed is sent again when it
    /// is made again.
    /// </summary>
    /// <param name="Username">The other peer of the conversation.</param>
    /// <param name="Id">The id of the changed message.</param>
    /// <param name="From">The sender of the changed message.</param>
    public sealed record ChangeReceipt(string Username, Guid Id, string From, MessageChange Change, MessageState State)
        : ApiEvent;

    /// <summary>
    /// A user started or stopped typing. Treat <c>true</c> as expired after a few seconds without a repetition.
    /// </summary>
    public sealed record Typing(string Username, bool Active) : ApiEvent;

    /// <summary>A connected user went away from the keyboard, or came back.</summary>
    public sealed record Presence(string Username, bool Away) : ApiEvent;

    /// <summary>A contact changed their display name or picture.</summary>
    /// <param name="DisplayName">Null for none.</param>
    /// <param name="Renamed">Whether the display name differs from the one before.</param>
    public sealed record ProfileChanged(string Username, string? DisplayName, bool HasPicture, bool Renamed) : ApiEvent;

    /// <summary>A message of another member has arrived in a room.</summary>
    /// <param name="Notifies">Whether the user wants to be told at once.</param>
    public sealed record RoomMessageReceived(RoomMessageItem Message, bool Notifies) : ApiEvent;

    /// <summary>
    /// A message of a room was edited, deleted for everyone or reacted to, or turned out to be sent after a removal.
    /// </summary>
    public sealed record RoomMessageChanged(RoomMessageItem Message) : ApiEvent
    {
        /// <summary>What a member has done; null if unknown, or if the member is blocked.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public MessageChange? Change { get; init; }

        /// <summary>The person who has done it. Null as <see cref="Change"/> is.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public RoomPersonItem? By { get; init; }

        /// <summary>Whether this user has done it.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public bool ByYou { get; init; }

        /// <summary>Whether the user wants to be told at once.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public bool Notifies { get; init; }
    }

    /// <summary>
    /// A room's members, name or picture have changed, somebody has invited this peer, or it is no longer a member.
    /// Also sent when this user has read the room, or has set its notifications.
    /// </summary>
    public sealed record RoomChanged(RoomItem Room) : ApiEvent;

    /// <summary>Messages of a room have other places than before: read its messages again.</summary>
    public sealed record RoomReordered(string Room, string RoomName) : ApiEvent;

    /// <summary>This peer has deleted what it had of a room.</summary>
    public sealed record RoomDeleted(string Room, string RoomName) : ApiEvent;

    /// <summary>This peer has joined a room by a link.</summary>
    public sealed record RoomLinkAccepted(string Room, string RoomName) : ApiEvent;

    /// <summary>A link to a room has not led to an invitation. This peer asks no more.</summary>
    /// <param name="Username">The person who made the link.</param>
    public sealed record RoomLinkRefused(string Room, string RoomName, string Username, RoomLinkRefusal Reason)
        : ApiEvent;

    /// <summary>
    /// A member has told the members of a room different things, or was restored to an older state. Both versions are
    /// kept.
    /// </summary>
    public sealed record RoomForked(string Room, string RoomName, RoomPersonItem By) : ApiEvent;

    /// <summary>A member started or stopped typing in a room. Expires like <see cref="Typing"/>.</summary>
    public sealed record RoomTyping(string Room, string RoomName, RoomPersonItem From, bool Active) : ApiEvent;

    /// <summary>A member has read a room up to a message.</summary>
    public sealed record RoomRead(string Room, string RoomName, RoomPersonItem By, string UpTo) : ApiEvent;

    /// <summary>A peer with a different key than the pinned one tried to connect, and was refused.</summary>
    public sealed record KeyChanged(string Username, string PeerId) : ApiEvent;

    /// <summary>A peer with a different key claimed the name of a connected peer, and was refused.</summary>
    public sealed record NameClaimed(string Username, string PeerId) : ApiEvent;

    /// <summary>
    /// The directory's key for an inviter differs from the one in the invite. The directory may be lying: warn the user
    /// prominently.
    /// </summary>
    public sealed record InviterKeyChanged(string Username, string PeerId) : ApiEvent;

    /// <summary>A peer was accepted by an invite of this peer.</summary>
    /// <param name="Invite">The invite's id.</param>
    public sealed record InviteUsed(string Username, string PeerId, string Invite) : ApiEvent;

    /// <summary>The invite of this peer's request does not count. The request waits for the inviter's answer.</summary>
    /// <param name="Username">The inviter.</param>
    /// <param name="Reason"><c>used</c>, <c>revoked</c> or <c>expired</c>.</param>
    public sealed record InviteRefused(string Username, InviteItemState Reason) : ApiEvent;

    /// <summary>The registration with the directory changed.</summary>
    public sealed record DirectoryChanged(DirectoryStatus Directory) : ApiEvent;

    /// <summary>Some events are no longer available. Read the state again.</summary>
    public sealed record Reset : ApiEvent;
}
