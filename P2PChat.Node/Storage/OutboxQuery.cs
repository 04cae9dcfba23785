using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>Reads the outbox of a conversation from the <c>messages</c> table.</summary>
internal static class OutboxQuery
{
    public static List<OutboxEntry> Read(SqliteConnection connection, long peer) =>
        connection.List(
            """
            WITH
              progress AS (SELECT epoch, base, next, sent_next FROM peers WHERE id = $peer),
              hidden AS (SELECT m.* FROM messages m JOIN progress p
                WHERE m.peer = $peer AND m.hidden = 2 AND m.epoch = p.epoch AND m.sequence >= p.base),
              -- Messages that were abandoned before an epoch began lie between them and are not in the outbox.
              shown AS (SELECT * FROM messages WHERE peer = $peer AND outgoing = 1 AND hidden = 0
                AND epoch = (SELECT epoch FROM progress) AND sequence >= (SELECT base FROM progress)
                ORDER BY position DESC LIMIT (SELECT next - base FROM progress) - (SELECT count(*) FROM hidden))
            SELECT m.id, m.text, m.sent_at, m.trace, m.state, m.deposited, m.sequence < (SELECT sent_next
              FROM progress),
              m.queued_ran, m.queued_directory, m.skip_sent, m.content, d.seconds
            FROM (SELECT * FROM shown UNION ALL SELECT * FROM hidden) m
            LEFT JOIN disappearing d ON d.message = m.position ORDER BY m.sequence
            """,
            EntryOf,
            ("$peer", peer)
        );

    private static OutboxEntry EntryOf(SqliteDataReader reader)
    {
        var state = (MessageState)reader.GetInt64(4);
        var id = reader.GetMessageId(0);
        var content = reader.IsDBNull(10) ? null : MessageContent.TryParse(reader.GetBytes(10));
        // An abandoned message is a Skip.
        var message =
            state > MessageState.Read
                ? null
                : new OutgoingMessage(id, TextOf(reader, content), reader.GetTime(2), reader.GetStringOrNull(3))
                {
                    Content = content,
                    ExpiresAfter = reader.IsDBNull(11) ? 0 : (uint)reader.GetInt64(11),
                    QueuedAtRan = TimeSpan.FromMilliseconds(reader.GetInt64(7)),
                    QueuedAtDirectory = reader.GetTimeOrNull(8),
                };
        var isSent = message is not null && (state != MessageState.Queued || reader.GetInt64(6) != 0);
        var mayBeDelivered = state == MessageState.Unconfirmed && reader.GetInt64(9) == 0;
        return new OutboxEntry(message, isSent, reader.GetInt64(5) != 0)
        {
            Abandoned = message is null ? new AbandonedMessage(id, mayBeDelivered) : null,
        };
    }

    // What contained the text of a message that was deleted for everyone keeps its sequence, and nothing of the text.
    private static string TextOf(SqliteDataReader reader, MessageContent? content) =>
        reader.GetString(1) is { Length: > 0 } text ? text
        : content is MessageContent.Reaction ? FallbackText.Of(content, "")
        : FallbackText.Deleted;
}
