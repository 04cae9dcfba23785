using P2PChat.Protocol.Content;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>Erases the text of a message that is deleted for everyone from what waits in the outbox.</summary>
internal static class TextEraser
{
    /// <summary>
    /// Replaces the text of a message of this side, of its edits, and of this side's reactions, which quote it. Each
    /// keeps its id and sequence, because the other side may have received it, and otherwise waits for it.
    /// </summary>
    public static IReadOnlyList<ClearedMessage> Erase(Outbox outbox, Guid id) =>
        Replace(outbox, message => TargetOf(message) == id ? new MessageContent.Delete(id) : null);

    /// <summary>Empties the quotes in this side's reactions to messages that the other side has deleted.</summary>
    public static IReadOnlyList<ClearedMessage> EraseQuotes(Outbox outbox, IReadOnlySet<Guid> deleted) =>
        deleted.Count == 0 ? [] : Replace(outbox, message => Quotes(message, deleted) ? message.Content : null);

    /// <summary>
    /// Erases the text from messages that the store has found before it knew of a delete in the outbox, or of one that
    /// the other side has sent meanwhile.
    /// </summary>
    /// <param name="deletedByThem">The messages that the other side has deleted meanwhile.</param>
    public static IReadOnlyList<OutgoingMessage> Erase(
        Outbox outbox,
        IReadOnlyList<OutgoingMessage> recalled,
        IReadOnlySet<Guid> deletedByThem
    )
    {
        var deleted = outbox
            .Messages.Select(message => message.Content)
            .OfType<MessageContent.Delete>()
            .Select(delete => delete.Id)
            .ToHashSet();
        return
        [
            .. recalled.Select(message =>
                TargetOf(message) is { } id && deleted.Contains(id) ? With(message, new MessageContent.Delete(id))
                : Quotes(message, deletedByThem) ? With(message, message.Content!)
                : message
            ),
        ];
    }

    /// <summary>Whether a reaction or edit is for an own message that a delete in the outbox deletes.</summary>
    public static bool IsForErased(Outbox outbox, MessageContent? content)
    {
        Guid? target = content switch
        {
            MessageContent.Reaction { To: { Yours: false } to } => to.Id,
            MessageContent.Edit edit => edit.Id,
            _ => null,
        };
        return target is { } id
            && outbox.Messages.Any(one => one.Content is MessageContent.Delete delete && delete.Id == id);
    }

    /// <summary>Removes the bodies of a room's events that were deleted for everyone. The events stay.</summary>
    public static IReadOnlyList<ClearedMessage> Erase(Outbox outbox, Func<RoomEventId, bool> isDeleted) =>
        Replace(outbox, message =>
            message.Content is MessageContent.Room room && isDeleted(room.Id) ? room.WithoutBody() : null
        );

    // The content is null for a message that stays as it is.
    private static List<ClearedMessage> Replace(Outbox outbox, Func<OutgoingMessage, MessageContent?> contentOf)
    {
        var cleared = new List<ClearedMessage>();
        for (var sequence = outbox.Base; sequence < outbox.Next; sequence++)
        {
            if (outbox[sequence].Message is { } message && contentOf(message) is { } content)
            {
                outbox.Replace(sequence, With(message, content));
                cleared.Add(new ClearedMessage(sequence, message.Id, content));
            }
        }

        return cleared;
    }

    // If the other side has not received the message, it then shows nothing of it.
    private static OutgoingMessage With(OutgoingMessage message, MessageContent content) =>
        message with
        {
            Text = FallbackText.Of(content, ""),
            Content = content,
        };

    private static bool Quotes(OutgoingMessage message, IReadOnlySet<Guid> deleted) =>
        message.Content is MessageContent.Reaction { To: { Yours: true } to } && deleted.Contains(to.Id);

    // Our own message whose text this one contains; null if none.
    private static Guid? TargetOf(OutgoingMessage message) =>
        message.Content switch
        {
            MessageContent.Edit edit => edit.Id,
            MessageContent.Reaction { To: { Yours: false } to } => to.Id,
            null or MessageContent.Reply or MessageContent.File => message.Id,
            _ => null,
        };
}
