using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>
/// Stores messages with content, and applies their changes, within the transaction that stores them. Records the
/// result for the event. Used by the writer only; not thread-safe.
/// </summary>
/// <exception cref="SqliteException">The file is damaged.</exception>
internal sealed class ContentApplier(
    SqliteConnection connection,
    MessageStatements messages,
    SearchIndexer indexer,
    MessageReader reader
) : IDisposable
{
    private const int Shown = 0,
        HiddenForGood = 1,
        HiddenInOutbox = 2;

    private readonly ContentStatements _contents = new(connection);

    /// <summary>Stores a message that this side sent, unless it is stored already.</summary>
    public void Apply(ConversationWriter conversation, Change.Queued queued)
    {
        var (peer, message) = (conversation.Row, queued.Message);
        var content = message.Content!;
        var target = _contents.FindTarget(peer, content, isOurs: true);
        // A change that was made while its message disappeared quotes it, or contains its next text. A delete of
        // nothing takes the place of the edit.
        var isErased = content is MessageContent.Reaction or MessageContent.Edit && _contents.HasDisappeared(target);
        var kept = isErased && content is MessageContent.Edit ? new MessageContent.Delete(message.Id) : content;
        var row = RowOf(content, kept.ToBytes(), target, HiddenInOutbox);
        var text = isErased ? "" : null;
        if (!messages.InsertOutgoing(peer, queued, row, text))
        {
            return;
        }

        var changed = Change(target, content, message.Text, message.SentAt, isOurs: true);
        Clear(conversation, queued.Cleared);
        Note(conversation, message.Id, changed);
    }

    /// <summary>Removes the texts of messages in the outbox.</summary>
    public void Clear(ConversationWriter conversation, IReadOnlyList<ClearedMessage> all)
    {
        foreach (var cleared in all)
        {
            _contents.Clear(conversation.Row, cleared);
        }
    }

    /// <summary>Stores a message from the other side.</summary>
    /// <returns>False if it is stored already.</returns>
    public bool Apply(ConversationWriter conversation, IncomingMessage message)
    {
        var (peer, content) = (conversation.Row, message.Content!);
        if (content is MessageContent.Room room)
        {
            _contents.AddRoomEvent(peer, room.Event);
            return true;
        }

        var target = _contents.FindTarget(peer, content, isOurs: false);
        // Our side never sends it again, so the content of a change need not be kept.
        var kept = MessageContent.IsShown(content) ? WithoutPreview(content).ToBytes() : null;
        // The text of a timer is shown nowhere, and may be anything.
        var text = content is MessageContent.Timer ? FallbackText.Of(content, "") : null;
        if (!messages.InsertIncoming(peer, message, RowOf(content, kept, target, HiddenForGood), text))
        {
            return false;
        }

        Note(conversation, message.Id, Change(target, content, message.Text, message.SentAt, isOurs: false));
        if (content is MessageContent.File { Offer: var offer })
        {
            _contents.AddOffer(peer, message.Id, offer);
        }

        return true;
    }

    public void Dispose() => _contents.Dispose();

    // It is stored once, with the transfer.
    private static MessageContent WithoutPreview(MessageContent content) =>
        content is MessageContent.File { Offer: var offer } ? new MessageContent.File(offer.WithoutPreview) : content;

    private static ContentRow RowOf(MessageContent content, byte[]? kept, long target, int hidden) =>
        new(
            content switch
            {
                MessageContent.Timer => ContentRow.TimerKind,
                MessageContent.Room => ContentRow.RoomKind,
                _ => (long)(MessageChanges.Of(content) ?? 0),
            },
            kept,
            target == 0 ? null : target,
            MessageContent.IsShown(content) ? Shown : hidden
        );

    /// <returns>The position of the message that is new or has changed; 0 if the content has no effect.</returns>
    private long Change(long target, MessageContent content, string text, DateTimeOffset sentAt, bool isOurs)
    {
        if (MessageContent.IsShown(content))
        {
            return SQLitePCL.raw.sqlite3_last_insert_rowid(connection.Handle);
        }

        var takesEffect =
            target != 0
            && content switch
            {
                MessageContent.Reaction { Emoji: var emoji } => _contents.React(target, emoji, isOurs),
                MessageContent.Edit => FallbackText.NewTextOf(text) is { Length: > 0 } edited
                    && _contents.Edit(target, edited, sentAt),
                // One of ours may be sent again, because it has not arrived.
                MessageContent.Delete => _contents.Remove(target) || isOurs,
                _ => false,
            };
        if (takesEffect && content is MessageContent.Edit)
        {
            indexer.NoteEdited(target);
        }

        return takesEffect ? target : 0;
    }

    private void Note(ConversationWriter conversation, Guid id, long position)
    {
        if (position != 0 && reader.At(connection, position) is { } message)
        {
            conversation.NoteStored(id, message);
        }
    }
}
