using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>Answer to <c>GET /api/conversations</c>.</summary>
public sealed record ConversationsResponse(IReadOnlyList<ConversationItem> Conversations);

/// <summary>A conversation; also the answer to <c>PUT /api/conversations/{username}/marks</c>.</summary>
/// <param name="Username">The other peer of the conversation.</param>
/// <param name="Unread">Received messages that are not read, at most 1,000.</param>
/// <param name="Waiting">Sent messages that are not acknowledged.</param>
/// <param name="Pinned">Whether it is kept at the top of the list.</param>
/// <param name="Archived">Whether it is kept out of the list.</param>
/// <param name="Muted">Whether its messages cause no notifications.</param>
/// <param name="DisplayName">See <see cref="ContactItem"/>.</param>
/// <param name="Timer">How many seconds new messages stay; left out if they do not disappear.</param>
/// <param name="LastAt">When the newest message was sent, by its sender's clock; left out if there is none.</param>
/// <param name="AcceptFiles">
/// Whether the other user's files are accepted without asking; left out if the settings decide.
/// </param>
public sealed record ConversationItem(
    string Username,
    int Unread,
    int Waiting,
    bool Pinned,
    bool Archived,
    bool Muted,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? DisplayName = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Timer = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? LastAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        AutoAccept AcceptFiles = AutoAccept.Default
);

/// <summary>Whether the files of one contact are accepted without asking, within the limits of the settings.</summary>
[JsonConverter(typeof(KebabCase<AutoAccept>))]
public enum AutoAccept
{
    /// <summary>As the settings say.</summary>
    Default = 0,
    On = 1,
    Off = 2,
}

/// <summary>Body of <c>PUT /api/conversations/{username}/marks</c>. What is null stays as it is.</summary>
/// <param name="Archived">A new message ends it, unless the conversation is muted.</param>
/// <param name="UnreadFrom">The first message that becomes unread again.</param>
/// <param name="AcceptFiles">Whether new files are accepted without asking.</param>
public sealed record MarksRequest(
    bool? Pinned = null,
    bool? Archived = null,
    bool? Muted = null,
    Guid? UnreadFrom = null,
    AutoAccept? AcceptFiles = null
);

/// <summary>Body of <c>PUT /api/conversations/{username}/timer</c>.</summary>
/// <param name="Seconds">0 to turn it off; otherwise 300 (5 minutes) to 7,776,000 (90 days).</param>
public sealed record TimerRequest(long Seconds);

/// <summary>Answer to <c>GET</c> and <c>PUT /api/conversations/{username}/timer</c>.</summary>
/// <param name="Seconds">
/// How long new messages stay after reading; the sender's copies, after delivery. 0 if they do not disappear.
/// </param>
/// <param name="TheyKeepMessages">
/// Whether the other peer's version does not support this, so that it keeps the messages; null if that is unknown until
/// the two are connected.
/// </param>
public sealed record TimerResponse(long Seconds, bool? TheyKeepMessages = false);
