using System.Text.Json.Serialization;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>Where a message stands. The store has these numbers.</summary>
public enum MessageState
{
    /// <summary>It waits for a link.</summary>
    Queued = 0,

    /// <summary>It is on its way.</summary>
    Sent = 1,

    /// <summary>The other peer has it.</summary>
    Delivered = 2,

    /// <summary>The other person has read it, and says so.</summary>
    Read = 3,

    /// <summary>The other peer was not reached in time.</summary>
    Expired = 4,

    /// <summary>The other peer does not want it.</summary>
    Refused = 5,

    /// <summary>We took it back.</summary>
    TakenBack = 6,

    /// <summary>It came from the other peer.</summary>
    Received = 7,

    /// <summary>
    /// Sent but not acknowledged in time. It may have been delivered, for instance from the other's mailbox, and becomes
    /// <see cref="Delivered"/> if the acknowledgement arrives later.
    /// </summary>
    Unconfirmed = 8,

    /// <summary>The other peer had it and has lost it: it stands on an older copy of its data directory.</summary>
    Lost = 9,
}

/// <summary>A message of a conversation.</summary>
/// <param name="Id">UUIDv7, chosen by its sender.</param>
/// <param name="Position">Grows with each message that this peer sends or takes; 0 where it is not known.</param>
/// <param name="From">Its sender: the other peer or ourselves.</param>
/// <param name="With">The other peer.</param>
/// <param name="SentAt">By its sender's clock.</param>
public sealed record Message(
    Guid Id,
    long Position,
    Username From,
    Username With,
    string Text,
    DateTimeOffset SentAt,
    MessageState State
)
{
    /// <summary>The object, and its places in tables and queues, in bytes.</summary>
    internal const int Overhead = 256;

    /// <summary>About the bytes of memory that it takes.</summary>
    internal int MemoryBytes => Overhead + sizeof(char) * Text.Length;
}

/// <summary>Some messages of a conversation, oldest first.</summary>
/// <param name="Next">The id to pass as <c>after</c> (or, when paging back, as <c>before</c>) for more; null if there are none.</param>
public sealed record MessagePage(IReadOnlyList<Message> Messages, Guid? Next);

/// <summary>Messages that were looked for, newest first.</summary>
/// <param name="Next">The position to pass as <c>before</c> for more; null if there are none.</param>
/// <param name="Indexing">Whether older messages are still being indexed and cannot be found yet.</param>
public sealed record SearchPage(IReadOnlyList<Message> Messages, long? Next, bool Indexing = false);

/// <summary>What this peer is to another.</summary>
public enum Relation
{
    None,

    /// <summary>This peer's request waits for an answer.</summary>
    [JsonStringEnumMemberName("asked")]
    RequestSent,

    /// <summary>The other peer's request waits for an answer.</summary>
    [JsonStringEnumMemberName("asking")]
    RequestReceived,
    Connected,
    Ourselves,
}

/// <summary>A peer of the directory's list, and what this peer is to it.</summary>
public sealed record PeerView(Username Name, PeerId PeerId, bool Online, DateTimeOffset LastSeen, Relation Relation)
{
    /// <summary>Whether the safety number for this exact key has been compared.</summary>
    public bool Verified { get; init; }
}

/// <summary>A request that waits for an answer.</summary>
/// <param name="Key">The requesting peer's key.</param>
public sealed record PeerRequest(Username From, PeerId Key);

/// <summary>How this peer is.</summary>
/// <param name="Endpoint">What it advertises, <c>host:port</c>; null before it listens.</param>
/// <param name="DirectoryDetail">A sentence about a problem with the registration; null if there is none.</param>
public sealed record PeerStatus(
    Username Name,
    PeerId PeerId,
    string? Endpoint,
    DirectoryState Directory,
    string? DirectoryDetail,
    int Links,
    int ProcessId
)
{
    /// <summary>Of its program.</summary>
    public string Version { get; init; } = Telemetry.Version;
}
