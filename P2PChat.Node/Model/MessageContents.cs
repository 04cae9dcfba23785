using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>The message that a reply quotes, as it is now.</summary>
/// <param name="From">Its sender: the other peer or this one.</param>
/// <param name="Text">The beginning of its text; null if it was deleted, or is not stored on this side.</param>
/// <param name="IsDeleted">Whether it was deleted, for everyone or only on this side.</param>
public sealed record MessageQuote(Guid Id, Username From, string? Text, bool IsDeleted)
{
    /// <summary>Maximum length of <see cref="Text"/>, in Unicode code points.</summary>
    public const int MaxTextLength = 200;

    /// <summary>Whether it was removed because its time ran out. <see cref="IsDeleted"/> is set too.</summary>
    public bool HasDisappeared { get; init; }

    /// <summary>The file that it offers; null if it is a text.</summary>
    public MessageFile? File { get; init; }

    /// <summary>Whether it will disappear.</summary>
    internal bool Disappears { get; init; }
}

/// <summary>A user's reaction to a message.</summary>
/// <param name="Emoji">One emoji.</param>
public sealed record MessageReaction(Username From, string Emoji);

/// <summary>The kind of change to an existing message. The store contains these numbers.</summary>
public enum MessageChange
{
    /// <summary>A user has reacted to it, or has removed the reaction.</summary>
    Reaction = 1,

    /// <summary>The sender has replaced its text.</summary>
    Edit = 2,

    /// <summary>The sender has deleted it for everyone.</summary>
    Delete = 3,
}

internal static class MessageChanges
{
    /// <summary>Whether the other peer lacks a change in this state, and gets it only if it is made again.</summary>
    public static bool HasFailed(MessageState state) =>
        state
            is MessageState.Expired
                or MessageState.Refused
                or MessageState.TakenBack
                or MessageState.Unconfirmed
                or MessageState.Lost;

    /// <summary>Which of two changes is less far.</summary>
    public static MessageState? Least(MessageState? one, MessageState? other) =>
        one is not { } first ? other
        : other is not { } second ? one
        : RankOf(first) <= RankOf(second) ? first
        : second;

    /// <summary>The kind of change that content makes; null if its message is shown itself.</summary>
    public static MessageChange? Of(MessageContent? content) =>
        content switch
        {
            MessageContent.Reaction => MessageChange.Reaction,
            MessageContent.Edit => MessageChange.Edit,
            MessageContent.Delete => MessageChange.Delete,
            _ => null,
        };

    private static int RankOf(MessageState state) => HasFailed(state) ? -1 : (int)state;
}

/// <summary>A message with its times and its history.</summary>
/// <param name="Versions">The earlier versions that are kept, oldest first: the first, and the last 20.</param>
/// <param name="Changes">The reactions, edits and deletes that were sent, newest first, at most 50.</param>
public sealed record MessageInfo(
    Message Message,
    IReadOnlyList<MessageVersion> Versions,
    IReadOnlyList<SentChange> Changes
)
{
    /// <summary>
    /// When the other peer acknowledged a message of this one, by this peer's clock; null if unknown.
    /// </summary>
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>When the other user's read receipt for it arrived; null if unknown.</summary>
    public DateTimeOffset? ReadAt { get; init; }

    /// <summary>When a message of the other peer arrived, by this peer's clock; null if unknown.</summary>
    public DateTimeOffset? ReceivedAt { get; init; }
}

/// <summary>An earlier version of a message.</summary>
/// <param name="SentAt">When it was sent, by the sender's clock.</param>
public sealed record MessageVersion(string Text, DateTimeOffset SentAt);

/// <summary>A change to a message, and its delivery state.</summary>
/// <param name="From">The user who made it.</param>
/// <param name="State">Whether the other peer has it; <see cref="MessageState.Received"/> for the other user's.</param>
public sealed record SentChange(MessageChange Change, Username From, DateTimeOffset SentAt, MessageState State);
