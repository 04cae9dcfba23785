using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Model;

/// <summary>What happens to a peer, as its person, its API and its bots are told.</summary>
public abstract record PeerEvent
{
    private PeerEvent() { }

    /// <summary>About the bytes of memory that it takes.</summary>
    internal int MemoryBytes => this is MessageReceived received ? received.Bytes : 256;

    /// <summary>Somebody asks to connect.</summary>
    public sealed record Request(Username From, PeerId Key) : PeerEvent;

    /// <summary>A request went away without an answer of ours.</summary>
    public sealed record RequestWithdrawn(Username From) : PeerEvent;

    /// <summary>Two peers have accepted each other, and a link is open.</summary>
    public sealed record Connected(Username With) : PeerEvent;

    /// <summary>The link has ended, or a connection that was asked for did not come about.</summary>
    public sealed record Disconnected(Username With, DisconnectReason Reason) : PeerEvent;

    /// <summary>A message has come.</summary>
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
            // Its text as it came, and once more where somebody reads it.
            (_incoming, _from, Bytes) = (
                incoming,
                from,
                Message.Overhead + (sizeof(byte) + sizeof(char)) * incoming.Utf8.Length
            );

        /// <summary>Made for the first who asks: most events are only kept for who might.</summary>
        public Message Message =>
            _message ??= new Message(
                _incoming!.Id,
                Position: 0,
                _from,
                _from,
                _incoming.Text,
                _incoming.SentAt,
                MessageState.Received
            );

        internal int Bytes { get; }

        public bool Equals(MessageReceived? other) => other is not null && Message == other.Message;

        public override int GetHashCode() => Message.GetHashCode();
    }

    /// <summary>
    /// A message of ours changed its state. <see cref="MessageState.Read"/> counts for all that were sent before it too.
    /// </summary>
    public sealed record Receipt(Username To, Guid Id, MessageState State) : PeerEvent;

    /// <summary>Somebody has begun to write to us, or stopped.</summary>
    public sealed record Typing(Username From, bool Active) : PeerEvent
    {
        /// <summary>Who is writing says so again and again; who has gone in the middle of it does not.</summary>
        public static readonly TimeSpan Lasts = TimeSpan.FromSeconds(8);
    }

    /// <summary>Somebody we are connected to has gone from the keyboard, or come back.</summary>
    public sealed record Presence(Username Of, bool Away) : PeerEvent;

    /// <summary>
    /// Somebody tried to connect under a name that is pinned to another key, and was refused. To be told loudly: see
    /// <see cref="Identity.KeyWarning"/>.
    /// </summary>
    public sealed record KeyChanged(Username Name, PeerId Key) : PeerEvent;

    /// <summary>
    /// A peer with another key, confirmed by the directory, claimed the name of a connected peer and was refused.
    /// </summary>
    public sealed record NameClaimed(Username Name, PeerId Key) : PeerEvent;

    /// <summary>The directory was reached again, or lost; or said that our name is another's.</summary>
    public sealed record DirectoryChanged(DirectoryState State, string? Detail) : PeerEvent;
}

/// <summary>Why a connection ended, or did not come about. A closed set: it is a metric's tag and an API's word.</summary>
public enum DisconnectReason
{
    /// <summary>The other person ended it.</summary>
    EndedByThem,

    /// <summary>We ended it.</summary>
    EndedByUs,

    /// <summary>The other peer went offline in good order.</summary>
    WentOffline,

    /// <summary>The stream ended without a word: a crash, or the network.</summary>
    ConnectionLost,

    /// <summary>Nothing came for too long.</summary>
    Silent,

    /// <summary>The other side said no.</summary>
    Rejected,

    /// <summary>The other side accepts no more requests at the moment.</summary>
    Busy,

    /// <summary>The other side rejected a request within the last minute, and accepts no other yet.</summary>
    TooSoon,

    /// <summary>Nobody answered in time.</summary>
    NoAnswer,

    /// <summary>No address of the other peer could be reached.</summary>
    Unreachable,

    /// <summary>An address of the other peer answers, but TLS fails.</summary>
    HandshakeFailed,

    /// <summary>Who answered has another key than the directory said.</summary>
    WrongIdentity,

    /// <summary>The other side could not check our name.</summary>
    NameRefused,

    /// <summary>The other side is connected to another key under our name.</summary>
    NameInUse,

    /// <summary>This side is connected to another key under the other peer's name.</summary>
    NameHeldByAnother,

    /// <summary>The other side has pinned our name to another key, and accepts ours only once its person trusts it.</summary>
    KeyRefused,

    /// <summary>The handshake did not end in time.</summary>
    HandshakeTimedOut,

    /// <summary>The two do not speak the same version.</summary>
    VersionMismatch,

    /// <summary>One side broke the protocol.</summary>
    ProtocolError,

    /// <summary>One side failed, for instance because its disk is full.</summary>
    InternalError,

    /// <summary>One side has too many links or too much to write.</summary>
    Overloaded,
}

/// <summary>How a peer stands with its directory.</summary>
public enum DirectoryState
{
    /// <summary>Not yet registered.</summary>
    Registering,

    /// <summary>The lease holds.</summary>
    Registered,

    /// <summary>The directory cannot be reached, or its store is away; the peer goes on trying.</summary>
    Unreachable,

    /// <summary>The directory refuses: the name is another's, the join token is wrong.</summary>
    Refused,
}
