using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>Body of <c>POST /api/conversations/{username}/messages</c>.</summary>
/// <param name="Text">1 byte to 64 KiB of UTF-8.</param>
/// <param name="ReplyTo">The message to reply to; null for none.</param>
/// <param name="ReplyToYours">Whether this peer's user has sent that message; null for either.</param>
public sealed record SendRequest(string Text, Guid? ReplyTo = null, bool? ReplyToYours = null);

/// <summary>Answer to <c>POST /api/conversations/{username}/messages</c>.</summary>
/// <param name="Route">How the message would be delivered now. It is stored in any case.</param>
public sealed record SendResponse(Guid Id, SendRoute Route);

/// <summary>How a stored message would be delivered at that moment.</summary>
[JsonConverter(typeof(KebabCase<SendRoute>))]
public enum SendRoute
{
    /// <summary>Over the open link.</summary>
    Link,

    /// <summary>Through the other peer's mailbox, unless a link opens first.</summary>
    Mailbox,

    /// <summary>Over the next link, because the other peer accepts no mail from this one.</summary>
    Queue,
}

/// <summary>Answer to <c>GET /api/conversations/{username}/messages</c>, oldest first.</summary>
/// <param name="Next">
/// Pass it as <c>after</c> (or, paging back, as <c>before</c>) for more, with <c>yours</c> if this peer's user has sent
/// that message; null at the end.
/// </param>
public sealed record MessagesResponse(IReadOnlyList<MessageItem> Messages, Guid? Next);

/// <summary>A message; also the data of the event <c>message</c>.</summary>
/// <param name="Text">Empty if the message was deleted for everyone, or has disappeared.</param>
/// <param name="SentAt">By the sender's clock.</param>
/// <param name="ReplyTo">The message that it replies to; left out if none.</param>
/// <param name="Reactions">At most one per user; left out if there are none.</param>
/// <param name="EditedAt">When its sender last edited it, by the sender's clock; left out if never.</param>
/// <param name="Deleted">Whether its sender has deleted it for everyone; left out if not.</param>
/// <param name="ChangeState">
/// How far this user's changes of it have come: the state of the last deletion, or of the last edit or reaction,
/// whichever is less far; left out if there is none.
/// </param>
/// <param name="Timer">
/// For a line that says that the timer was set: how many seconds messages stay from then on, 0 if they do not
/// disappear. Left out for a message.
/// </param>
/// <param name="ExpiresAfter">
/// Seconds until it disappears, from reading or, for a sent one, from delivery; left out if it stays.
/// </param>
/// <param name="ExpiresAt">When at the earliest, by this peer's clock; left out until the time runs.</param>
/// <param name="Disappeared">
/// Whether its time ran out and it was never delivered. Then <c>deleted</c> is set too, and <c>state</c> says why; left
/// out if not.
/// </param>
/// <param name="File">The file that it offers; left out if none. Its progress is in <c>GET /api/transfers</c>.</param>
public sealed record MessageItem(
    Guid Id,
    string From,
    string Text,
    DateTimeOffset SentAt,
    MessageState State,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] QuoteItem? ReplyTo = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyList<ReactionItem>? Reactions = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? EditedAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Deleted = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MessageState? ChangeState = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Timer = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? ExpiresAfter = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ExpiresAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Disappeared = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] MessageFileItem? File = null
);

/// <summary>A file that a message offers.</summary>
/// <param name="Name">Safe as the name of a file.</param>
/// <param name="MediaType">The media type that the sender claims. Do not rely on it.</param>
public sealed record MessageFileItem(string Name, long Size, string MediaType);

/// <summary>The message that a reply quotes, as it is now.</summary>
/// <param name="From">Its sender.</param>
/// <param name="Text">
/// At most its first 200 characters; null if it was deleted, or is not stored on this side.
/// </param>
/// <param name="Deleted">Whether it was deleted, for everyone or on this side only; left out if not.</param>
/// <param name="Disappeared">Whether its time ran out. Then <c>deleted</c> is set too; left out if not.</param>
public sealed record QuoteItem(
    Guid Id,
    string From,
    string? Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Deleted = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Disappeared = false
);

/// <summary>A user's reaction to a message.</summary>
public sealed record ReactionItem(string From, string Emoji);

/// <summary>Body of <c>PUT /api/conversations/{username}/messages/{id}/reaction</c>.</summary>
/// <param name="Emoji">One emoji. It replaces an earlier reaction of this user.</param>
public sealed record ReactionRequest(string Emoji);

/// <summary>Body of <c>PATCH /api/conversations/{username}/messages/{id}</c>.</summary>
/// <param name="Text">1 to 65528 bytes of UTF-8: 64 KiB less the 8 bytes of <c>edited: </c>.</param>
public sealed record EditRequest(string Text);

/// <summary>Answer to <c>GET /api/conversations/{username}/messages/{id}</c>.</summary>
/// <param name="DeliveredAt">When the other peer had it, by this peer's clock; null if unknown.</param>
/// <param name="ReadAt">When the other user's read receipt came, by this peer's clock; null if unknown.</param>
/// <param name="ReceivedAt">When this peer received it, by its own clock; null if unknown.</param>
/// <param name="Versions">The earlier versions, oldest first: the first, and the last 20.</param>
/// <param name="Changes">Reactions, edits and deletes, newest first, at most 50.</param>
public sealed record MessageInfoResponse(
    MessageItem Message,
    DateTimeOffset? DeliveredAt,
    DateTimeOffset? ReadAt,
    DateTimeOffset? ReceivedAt,
    IReadOnlyList<VersionItem> Versions,
    IReadOnlyList<ChangeItem> Changes
);

/// <summary>An earlier version of a message.</summary>
/// <param name="SentAt">By the sender's clock.</param>
public sealed record VersionItem(string Text, DateTimeOffset SentAt);

/// <summary>A change to a message.</summary>
/// <param name="From">The user who made it.</param>
/// <param name="SentAt">By that user's clock.</param>
/// <param name="State">Whether the other peer has it; <c>received</c> for the other user's.</param>
public sealed record ChangeItem(MessageChange Change, string From, DateTimeOffset SentAt, MessageState State);

/// <summary>The kind of change to an existing message.</summary>
[JsonConverter(typeof(KebabCase<MessageChange>))]
public enum MessageChange
{
    /// <summary>A user has reacted, or has removed the reaction.</summary>
    Reaction = 1,

    /// <summary>The sender has edited the text.</summary>
    Edit = 2,

    /// <summary>The sender has deleted it for everyone.</summary>
    Delete = 3,
}

/// <summary>Delivery state of a message.</summary>
[JsonConverter(typeof(KebabCase<MessageState>))]
public enum MessageState
{
    /// <summary>Waiting for a link.</summary>
    Queued,

    /// <summary>Sent, not acknowledged yet.</summary>
    Sent,

    /// <summary>The other peer has it.</summary>
    Delivered,

    /// <summary>The other user has read it.</summary>
    Read,

    /// <summary>The other peer was not reached in time.</summary>
    Expired,

    /// <summary>The other peer refused it.</summary>
    Refused,

    /// <summary>Taken back by this peer.</summary>
    TakenBack,

    /// <summary>Received from the other peer.</summary>
    Received,

    /// <summary>Not acknowledged in time. It may have been delivered, and <c>delivered</c> can still follow.</summary>
    Unconfirmed,

    /// <summary>
    /// The other peer had it and lost it, because it now runs on an older copy of its data directory.
    /// </summary>
    Lost,
}

/// <summary>Answer to <c>DELETE /api/conversations/{username}/messages</c>.</summary>
public sealed record DeletedResponse(int Deleted);

/// <summary>Answer to <c>GET /api/search</c>, newest first.</summary>
/// <param name="Next">Pass it as <c>before</c> for more; null if there are none.</param>
/// <param name="Indexing">Whether older messages are still being indexed and cannot be found yet.</param>
public sealed record SearchResponse(IReadOnlyList<FoundItem> Messages, long? Next, bool Indexing = false)
{
    /// <summary>
    /// What is found in rooms. Only without <c>before</c>; <c>GET /api/rooms/search</c> has more.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RoomSearchResponse? Rooms { get; init; }
}

/// <summary>A search result.</summary>
/// <param name="With">The other peer of the conversation.</param>
public sealed record FoundItem(string With, MessageItem Message);

/// <summary>Body of <c>POST /api/conversations/{username}/read</c>.</summary>
/// <param name="UpTo">The last message that was read; null for all that have been received.</param>
public sealed record ReadRequest(Guid? UpTo);

/// <summary>Body of <c>POST /api/conversations/{username}/typing</c>.</summary>
public sealed record TypingRequest(bool Active);

/// <summary>Body of <c>POST /api/traces</c>.</summary>
/// <param name="Username">The other peer of the conversation.</param>
/// <param name="Text">1 byte to 64 KiB of UTF-8.</param>
public sealed record TraceRequest(string Username, string Text);

/// <summary>Answer to <c>POST /api/traces</c>.</summary>
/// <param name="TraceId">In hexadecimal; null if this peer exports no telemetry.</param>
public sealed record TraceResponse(string? TraceId, IReadOnlyList<TraceStepItem> Steps);

/// <summary>A step of a traced conversation, and the time from the start until it was done.</summary>
public sealed record TraceStepItem(string Name, double AfterMilliseconds);
