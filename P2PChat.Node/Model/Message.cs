using System.Text.Json.Serialization;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>State of a message. The store contains these numbers.</summary>
public enum MessageState
{
    /// <summary>Waits for a link.</summary>
    Queued = 0,

    /// <summary>Sent, but not acknowledged yet.</summary>
    Sent = 1,

    /// <summary>The other peer has acknowledged it.</summary>
    Delivered = 2,

    /// <summary>The other user has read it, by a read receipt.</summary>
    Read = 3,

    /// <summary>The other peer was not reached in time.</summary>
    Expired = 4,

    /// <summary>The other peer refuses it.</summary>
    Refused = 5,

    /// <summary>This peer took it back.</summary>
    TakenBack = 6,

    /// <summary>Received from the other peer.</summary>
    Received = 7,

    /// <summary>
    /// Sent, but not acknowledged in time. It may have been delivered, for example by the other peer's mailbox, and
    /// becomes <see cref="Delivered"/> if the acknowledgement arrives later.
    /// </summary>
    Unconfirmed = 8,

    /// <summary>Delivered, but lost by the other peer, which now runs on an older copy of its data directory.</summary>
    Lost = 9,
}

/// <summary>A message of a conversation.</summary>
/// <param name="Id">UUIDv7, chosen by the sender.</param>
/// <param name="Position">Grows with each message that this peer sends or receives; 0 if unknown.</param>
/// <param name="From">The sender: the other peer or this one.</param>
/// <param name="With">The other peer.</param>
/// <param name="SentAt">Time by the sender's clock.</param>
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
    /// <summary>
    /// Approximate bytes of memory per message without its text, including the entries in tables and queues.
    /// </summary>
    internal const int Overhead = 256;

    /// <summary>The message that this one replies to; null if none.</summary>
    public MessageQuote? ReplyTo { get; init; }

    /// <summary>The file that it offers; null if none. Its progress is in <see cref="FileTransfer"/>.</summary>
    public MessageFile? File { get; init; }

    /// <summary>At most one per user.</summary>
    public IReadOnlyList<MessageReaction> Reactions { get; init; } = [];

    /// <summary>When the sender last edited the text, by the sender's clock; null if never.</summary>
    public DateTimeOffset? EditedAt { get; init; }

    /// <summary>Whether the sender has deleted it for everyone. The text is then empty.</summary>
    public bool IsRemoved { get; init; }

    /// <summary>
    /// Whether it was removed because its time ran out. Only a message that was not delivered is then still shown.
    /// <see cref="IsRemoved"/> is set too.
    /// </summary>
    public bool HasDisappeared { get; init; }

    /// <summary>
    /// How far this user's changes of it have come: the state of the last removal, or of the last edit or reaction,
    /// whichever is less far. Null if there is none.
    /// </summary>
    public MessageState? ChangeState { get; init; }

    /// <summary>
    /// For a line that says that the timer of the conversation was set: how many seconds messages stay from then on, or
    /// 0 if they do not disappear. Null for a message.
    /// </summary>
    public uint? Timer { get; init; }

    /// <summary>
    /// Seconds until it disappears, from reading or, on the sender's side, from delivery; 0 if it stays.
    /// </summary>
    public uint ExpiresAfter { get; init; }

    /// <summary>When it disappears at the earliest, by this peer's clock; null until the time runs.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Approximate memory use in bytes.</summary>
    internal int MemoryBytes => Overhead + sizeof(char) * (Text.Length + (ReplyTo?.Text?.Length ?? 0));

    /// <summary>What is left of it once it has disappeared.</summary>
    internal Message Erased() =>
        this with
        {
            Text = "",
            IsRemoved = true,
            HasDisappeared = true,
            ReplyTo = null,
            File = null,
            Reactions = [],
            EditedAt = null,
            ChangeState = null,
        };

    /// <summary>This message without the text of a quote that will disappear.</summary>
    internal Message WithoutPassingQuote() =>
        ReplyTo is { Disappears: true } ? this with { ReplyTo = ReplyTo with { Text = null } } : this;

    /// <summary>This message without any text of one that is deleted for everyone.</summary>
    internal Message Without(Message removed) =>
        (Id, From, With) == (removed.Id, removed.From, removed.With) ? removed
        : ReplyTo is { } quote && (quote.Id, quote.From) == (removed.Id, removed.From)
            ? this with
            {
                ReplyTo = quote with { Text = null, IsDeleted = true, HasDisappeared = removed.HasDisappeared },
            }
        : this;

    public bool Equals(Message? other) =>
        other is not null
        && (Id, Position, From, With, Text, SentAt, State)
            == (other.Id, other.Position, other.From, other.With, other.Text, other.SentAt, other.State)
        && (ReplyTo, File, EditedAt, IsRemoved, HasDisappeared, ChangeState)
            == (other.ReplyTo, other.File, other.EditedAt, other.IsRemoved, other.HasDisappeared, other.ChangeState)
        && (Timer, ExpiresAfter, ExpiresAt) == (other.Timer, other.ExpiresAfter, other.ExpiresAt)
        && Reactions.SequenceEqual(other.Reactions);

    public override int GetHashCode() => HashCode.Combine(Id, With, State);
}

/// <summary>A file that a message offers.</summary>
/// <param name="Name">Safe as the name of a file.</param>
/// <param name="MediaType">The media type that the sender claims.</param>
public sealed record MessageFile(string Name, long Size, string MediaType);

/// <summary>One page of a conversation, oldest message first.</summary>
/// <param name="Next">
/// The id to pass as <c>after</c> (or, when paging back, as <c>before</c>) for the next page; null on the last page.
/// </param>
public sealed record MessagePage(IReadOnlyList<Message> Messages, Guid? Next);

/// <summary>One page of search results, newest message first.</summary>
/// <param name="Next">The position to pass as <c>before</c> for the next page; null on the last page.</param>
/// <param name="Indexing">Whether older messages are still being indexed and cannot be found yet.</param>
public sealed record SearchPage(IReadOnlyList<Message> Messages, long? Next, bool Indexing = false);

/// <summary>This peer's relation to another.</summary>
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

/// <summary>A peer in the directory's list, with this peer's relation to it.</summary>
public sealed record PeerView(Username Name, PeerId PeerId, bool Online, DateTimeOffset LastSeen, Relation Relation)
{
    /// <summary>Whether this exact key is verified.</summary>
    public bool Verified { get; init; }

    /// <summary>Whether this peer's request waits in its request box until it is online.</summary>
    public bool Waiting { get; init; }

    /// <summary>How the open link travels; null while not connected.</summary>
    public PathKind? Path { get; init; }
}

/// <summary>Another peer's request to connect, not answered yet.</summary>
/// <param name="Key">The requesting peer's key.</param>
public sealed record PeerRequest(Username From, PeerId Key)
{
    /// <summary>Whether it came by mail, so that it waits for days and the peer may be offline.</summary>
    public bool ByMail { get; init; }

    /// <inheritdoc cref="PeerEvent.Request.RefusedInvite"/>
    public InviteValidity? RefusedInvite { get; init; }
}

/// <summary>Status of this peer.</summary>
/// <param name="Endpoint">The advertised <c>host:port</c>; null before the peer listens.</param>
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
    /// <summary>Version of the program.</summary>
    public string Version { get; init; } = Telemetry.Version;
}
