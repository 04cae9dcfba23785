using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Model;

/// <summary>An event of a peer, for its user, its API and its bots.</summary>
public abstract record PeerEvent
{
    private PeerEvent() { }

    /// <summary>Approximate memory use in bytes.</summary>
    internal int MemoryBytes =>
        this switch
        {
            MessageReceived received => received.Bytes,
            MessageChanged changed => changed.Message.MemoryBytes,
            TimerChanged changed => changed.Message.MemoryBytes,
            TransferChanged { Transfer: var file } => 256 + (2 * (file.Name.Length + (file.Path?.Length ?? 0))),
            RoomMessageReceived received => received.Message.MemoryBytes,
            RoomMessageChanged changed => changed.Message.MemoryBytes,
            RoomChanged changed => 1024 + (changed.Room.Last?.MemoryBytes ?? 0),
            _ => 256,
        };

    /// <summary>This event without any text of a message that is deleted for everyone.</summary>
    internal PeerEvent Without(Message removed) =>
        this switch
        {
            MessageReceived received when received.MayContain(removed) => new MessageReceived(
                received.Message.Without(removed)
            ),
            MessageChanged changed => changed with { Message = changed.Message.Without(removed) },
            TransferChanged { Transfer: var file } when file.IsOf(removed) => new TransferChanged(
                file with
                {
                    Name = FileName.Unknown,
                    Path = null,
                }
            ),
            _ => this,
        };

    /// <summary>This event without any text of a message of a room that is deleted for everyone.</summary>
    internal PeerEvent Without(RoomEventId removed) =>
        this switch
        {
            RoomMessageReceived received => received with { Message = received.Message.Without(removed) },
            RoomMessageChanged changed => changed with { Message = changed.Message.Without(removed) },
            RoomChanged { Room.Last: { } last } changed => changed with
            {
                Room = changed.Room with { Last = last.Without(removed) },
            },
            _ => this,
        };

    /// <summary>Another peer asks to connect.</summary>
    public sealed record Request(Username From, PeerId Key) : PeerEvent
    {
        /// <summary>Whether it came by mail, and waits for days.</summary>
        public bool ByMail { get; init; }

        /// <summary>
        /// Why the invite in the request does not count: used, revoked or expired. Null if it has none that this peer
        /// made.
        /// </summary>
        public InviteValidity? RefusedInvite { get; init; }
    }

    /// <summary>A request by mail was accepted: the two are contacts, but not connected yet.</summary>
    /// <param name="ByThem">Whether the other peer has accepted; otherwise this one has.</param>
    public sealed record ContactAdded(Username With, bool ByThem) : PeerEvent;

    /// <summary>A request ended before it was answered.</summary>
    public sealed record RequestWithdrawn(Username From) : PeerEvent;

    /// <summary>Both peers have accepted, and a link is open.</summary>
    /// <param name="Path">How the link travels; null if it has ended again.</param>
    public sealed record Connected(Username With, PathKind? Path = null) : PeerEvent;

    /// <summary>An open conversation has moved to a link that travels another way.</summary>
    public sealed record PathChanged(Username With, PathKind Path) : PeerEvent;

    /// <summary>The link has ended, or a requested connection was not established.</summary>
    public sealed record Disconnected(Username With, DisconnectReason Reason) : PeerEvent;

    /// <summary>A message has arrived.</summary>
    public sealed record MessageReceived : PeerEvent
    {
        private readonly IncomingMessage? _incoming;
        private readonly Username _from;
        private Message? _message;

        public MessageReceived(Message message)
        {
            ArgumentNullException.ThrowIfNull(message);
            (_message, Bytes) = (message, message.MemoryBytes);
        }

        internal MessageReceived(IncomingMessage incoming, Username from) =>
            // The UTF-8 text, and the string that the first reader creates.
            (_incoming, _from, Bytes) = (
                incoming,
                from,
                Message.Overhead + (sizeof(byte) + sizeof(char)) * incoming.Utf8.Length
            );

        /// <summary>Created for the first reader, because most events are never read.</summary>
        public Message Message =>
            _message ??= new Message(
                _incoming!.Id,
                Position: 0,
                _from,
                _from,
                _incoming.Text,
                _incoming.SentAt,
                MessageState.Received
            )
            {
                ExpiresAfter = _incoming.ExpiresAfter,
            };

        internal int Bytes { get; }

        // False for most messages, so that erasing does not create their strings.
        internal bool MayContain(Message removed) => _incoming is null || _incoming.Id == removed.Id;

        public bool Equals(MessageReceived? other) => other is not null && Message == other.Message;

        public override int GetHashCode() => Message.GetHashCode();
    }

    /// <summary>A message was edited or deleted for everyone, or its reactions changed.</summary>
    /// <param name="Message">The message as it is now.</param>
    /// <param name="By">The user who made the change: the other user or this peer's.</param>
    public sealed record MessageChanged(Message Message, Username By, MessageChange Change) : PeerEvent;

    /// <summary>A user has set how long messages of a conversation stay before they disappear.</summary>
    /// <param name="Message">The line of the history that says so, with its <see cref="Message.Timer"/>.</param>
    public sealed record TimerChanged(Message Message) : PeerEvent;

    /// <summary>
    /// A message was removed on this side because its time ran out. One that was not delivered stays without its text.
    /// </summary>
    public sealed record MessageDisappeared(Username With, Guid Id, Username From) : PeerEvent
    {
        public MessageKey Key => new(IsOwn: From != With, Id);
    }

    /// <summary>A file was offered, or its transfer has changed or come further.</summary>
    public sealed record TransferChanged(FileTransfer Transfer) : PeerEvent;

    /// <summary>
    /// A sent message has changed its state. <see cref="MessageState.Read"/> also applies to all messages sent before
    /// it.
    /// </summary>
    public sealed record Receipt(Username To, Guid Id, MessageState State) : PeerEvent;

    /// <summary>
    /// This user's last change of one kind of a message has arrived, or will not. What has failed is sent again when it
    /// is made again.
    /// </summary>
    /// <param name="Id">The id of the changed message.</param>
    /// <param name="From">The sender of the changed message: the other peer or this one.</param>
    public sealed record ChangeReceipt(Username To, Guid Id, Username From, MessageChange Change, MessageState State)
        : PeerEvent;

    /// <summary>Another user has started to type a message to this one, or stopped.</summary>
    public sealed record Typing(Username From, bool Active) : PeerEvent
    {
        /// <summary>The event is repeated while typing continues, and otherwise expires after this time.</summary>
        public static readonly TimeSpan Lasts = TimeSpan.FromSeconds(8);
    }

    /// <summary>A connected user has gone away from the keyboard, or come back.</summary>
    public sealed record Presence(Username Of, bool Away) : PeerEvent;

    /// <summary>A contact has changed their display name or picture.</summary>
    /// <param name="IsRenamed">Whether the display name differs from the one before.</param>
    public sealed record ProfileChanged(Username Of, ContactProfile Profile, bool IsRenamed) : PeerEvent;

    /// <summary>
    /// A peer tried to connect with a name that is pinned to a different key, and was refused. Show a prominent
    /// warning: see <see cref="Identity.KeyWarning"/>.
    /// </summary>
    public sealed record KeyChanged(Username Name, PeerId Key) : PeerEvent;

    /// <summary>
    /// The directory, or a peer that it confirms, presents a key for an inviter that differs from the invite's. Show a
    /// prominent warning: see <see cref="Identity.InviterKeyWarning"/>.
    /// </summary>
    public sealed record InviterKeyChanged(Username Name, PeerId Key) : PeerEvent;

    /// <summary>A peer was accepted by an invite of this peer.</summary>
    /// <param name="InviteId">The id of the invite, for people.</param>
    public sealed record InviteUsed(Username By, PeerId Key, string InviteId) : PeerEvent;

    /// <summary>
    /// The inviter has this peer's request, but the invite does not count: it was used, revoked or has expired. The
    /// request waits for the inviter's user.
    /// </summary>
    public sealed record InviteRefused(Username By, InviteValidity Reason) : PeerEvent;

    /// <summary>
    /// A peer with a different key, confirmed by the directory, claimed the name of a connected peer and was refused.
    /// </summary>
    public sealed record NameClaimed(Username Name, PeerId Key) : PeerEvent;

    /// <summary>A message of another member has arrived in a room.</summary>
    /// <param name="Notify">Which messages of the room are to notify the user.</param>
    public sealed record RoomMessageReceived(RoomMessageView Message, RoomNotify Notify) : PeerEvent
    {
        /// <summary>Whether the user wants to be told at once.</summary>
        public bool Notifies =>
            !Message.IsCollapsed
            && !Message.IsAfterRemoval
            && (Notify == RoomNotify.All || (Notify == RoomNotify.Mentions && Message.MentionsUser));
    }

    /// <summary>
    /// A message of a room was edited, deleted for everyone or reacted to, or turned out to be sent after a removal.
    /// </summary>
    public sealed record RoomMessageChanged(RoomMessageView Message) : PeerEvent
    {
        /// <summary>What a member has done; null if unknown, or if the member is blocked.</summary>
        public MessageChange? Change { get; init; }

        /// <summary>Who has done it. Null as <see cref="Change"/> is.</summary>
        public RoomPerson? By { get; init; }

        public bool IsByUser { get; init; }

        /// <summary>Which messages of the room are to notify the user.</summary>
        public RoomNotify Notify { get; init; }

        /// <summary>Whether the user wants to be told at once.</summary>
        public bool Notifies =>
            By is not null
            && !IsByUser
            && !Message.IsCollapsed
            && !Message.IsAfterRemoval
            && (Notify == RoomNotify.All || (Notify == RoomNotify.Mentions && (Message.MentionsUser || Message.IsOwn)));
    }

    /// <summary>
    /// A room's members, name or picture have changed, somebody has invited this peer, or it is no longer a member.
    /// Also when the user has read it, or has set what notifies them.
    /// </summary>
    public sealed record RoomChanged(RoomView Room) : PeerEvent
    {
        /// <summary>What has changed; null if it is only about this user.</summary>
        public RoomChangeView? Change { get; init; }

        /// <summary>Whether the user has marked messages as unread.</summary>
        public bool IsMarkedUnread { get; init; }
    }

    /// <summary>
    /// Messages of a room have another place than before, or the user has deleted one on this peer, so they should be
    /// read again.
    /// </summary>
    public sealed record RoomReordered(RoomRef Room) : PeerEvent
    {
        /// <summary>The message that the user has deleted; null for none.</summary>
        public RoomEventId? Deleted { get; init; }
    }

    /// <summary>This peer has deleted what it had of a room.</summary>
    public sealed record RoomDeleted(RoomRef Room) : PeerEvent;

    /// <summary>This peer has joined a room by a link.</summary>
    public sealed record RoomLinkAccepted(RoomRef Room) : PeerEvent;

    /// <summary>The moderator's peer has not invited this one by its link to a room. It is not asked again.</summary>
    /// <param name="By">Who has made the link.</param>
    public sealed record RoomLinkRefused(RoomRef Room, Username By, RoomInviteRefusal Reason) : PeerEvent;

    /// <summary>
    /// A member has told the members of a room different things, or was restored to an older state.
    /// </summary>
    public sealed record RoomForked(RoomRef Room, RoomPerson By) : PeerEvent;

    /// <summary>A member has started to type in a room, or stopped. Like <see cref="Typing"/>.</summary>
    public sealed record RoomTyping(RoomRef Room, RoomPerson From, bool Active) : PeerEvent;

    /// <summary>A member has read a room up to a message.</summary>
    public sealed record RoomRead(RoomRef Room, RoomPerson By, RoomEventId UpTo) : PeerEvent;

    /// <summary>The state of the registration has changed.</summary>
    public sealed record DirectoryChanged(DirectoryState State, string? Detail) : PeerEvent;
}

/// <summary>
/// The reason why a connection ended, or was not established. The names become values of a metric's tag and of the API.
/// </summary>
public enum DisconnectReason
{
    /// <summary>The other user ended it.</summary>
    EndedByThem,

    /// <summary>This user ended it.</summary>
    EndedByUs,

    /// <summary>The other peer shut down gracefully.</summary>
    WentOffline,

    /// <summary>The stream ended without a Close: a crash, or a network failure.</summary>
    ConnectionLost,

    /// <summary>Nothing was received for too long.</summary>
    Silent,

    /// <summary>The other side rejected the request.</summary>
    Rejected,

    /// <summary>The other side accepts no more requests at the moment.</summary>
    Busy,

    /// <summary>
    /// The other side rejected a request within the last minute, and does not accept another one yet.
    /// </summary>
    TooSoon,

    /// <summary>The request was not answered in time.</summary>
    NoAnswer,

    /// <summary>No address of the other peer could be reached.</summary>
    Unreachable,

    /// <summary>An address of the other peer answers, but TLS fails.</summary>
    HandshakeFailed,

    /// <summary>The peer that answered has a different key than the directory said.</summary>
    WrongIdentity,

    /// <summary>The other side could not verify this peer's name.</summary>
    NameRefused,

    /// <summary>The other side is connected to a peer with this peer's name and a different key.</summary>
    NameInUse,

    /// <summary>This side is connected to a peer with the same name and a different key.</summary>
    NameHeldByAnother,

    /// <summary>
    /// The other side has pinned this peer's name to a different key, and its user must trust the new one.
    /// </summary>
    KeyRefused,

    /// <summary>The handshake was not completed in time.</summary>
    HandshakeTimedOut,

    /// <summary>The two peers have no protocol version in common.</summary>
    VersionMismatch,

    /// <summary>One side violated the protocol.</summary>
    ProtocolError,

    /// <summary>One side failed, for example because its disk is full.</summary>
    InternalError,

    /// <summary>One side has too many links, or too many frames to write.</summary>
    Overloaded,

    /// <summary>The request waited in the other peer's request box for too long.</summary>
    RequestExpired,
}

/// <summary>State of a peer's registration with its directory.</summary>
public enum DirectoryState
{
    /// <summary>Not yet registered.</summary>
    Registering,

    /// <summary>The lease is valid.</summary>
    Registered,

    /// <summary>The directory or its store cannot be reached. The peer tries again automatically.</summary>
    Unreachable,

    /// <summary>The directory refuses the peer: the name is taken, or the join token is wrong.</summary>
    Refused,
}
