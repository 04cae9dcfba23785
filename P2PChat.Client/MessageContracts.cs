using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>Body of <c>POST /api/conversations/{username}/messages</c>.</summary>
/// <param name="Text">1 byte to 64 KiB of UTF-8.</param>
public sealed record SendRequest(string Text);

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
/// <param name="Next">Pass it as <c>after</c> (or, paging back, as <c>before</c>) for more; null at the end.</param>
public sealed record MessagesResponse(IReadOnlyList<MessageItem> Messages, Guid? Next);

/// <summary>A message; also the data of the event <c>message</c>.</summary>
/// <param name="SentAt">By the sender's clock.</param>
public sealed record MessageItem(Guid Id, string From, string Text, DateTimeOffset SentAt, MessageState State);

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
public sealed record SearchResponse(IReadOnlyList<FoundItem> Messages, long? Next, bool Indexing = false);

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
