using P2PChat.Protocol.Content;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>Erases the text of a message that is deleted for everyone from what waits in the outbox.</summary>
internal static class TextEraser
{
    /// <summary>
    /// Replaces the text of a message, of its edits, and of this side's reactions, which quote it. Each keeps its id
    /// and sequence, because the other side may have received it, and otherwise waits for it.
    /// </summary>
    public static IReadOnlyList<ClearedMessage> Erase(Outbox outbox, Guid id)
    {
        var cleared = new List<ClearedMessage>();
        for (var sequence = outbox.Base; sequence < outbox.Next; sequence++)
        {
            if (outbox[sequence].Message is { } message && TargetOf(message) == id)
            {
                var erased = Erase(message, id);
                outbox.Replace(sequence, erased);
                cleared.Add(new ClearedMessage(sequence, erased.Id, erased.Content!));
            }
        }

        return cleared;
    }

    /// <summary>
    /// Erases the text from messages that the store has found before it knew of a delete in the outbox.
    /// </summary>
    public static IReadOnlyList<OutgoingMessage> Erase(Outbox outbox, IReadOnlyList<OutgoingMessage> recalled)
    {
        var deleted = outbox
            .Messages.Select(message => message.Content)
            .OfType<MessageContent.Delete>()
            .Select(delete => delete.Id)
            .ToHashSet();
        return deleted.Count == 0
            ? recalled
            :
            [
                .. recalled.Select(message =>
                    TargetOf(message) is { } id && deleted.Contains(id) ? Erase(message, id) : message
                ),
            ];
    }

    // If the other side has not received the message, it then shows nothing of it.
    private static OutgoingMessage Erase(OutgoingMessage message, Guid id) =>
        message with
        {
            Text = FallbackText.Deleted,
            Content = new MessageContent.Delete(id),
        };

    // Our own message whose text this one contains; null if none.
    private static Guid? TargetOf(OutgoingMessage message) =>
        message.Content switch
        {
            MessageContent.Edit edit => edit.Id,
            MessageContent.Reaction { To: { Yours: false } to } => to.Id,
            null or MessageContent.Reply => message.Id,
            _ => null,
        };
}
