using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>Delivered messages that the other side lost when it was restored from an older copy.</summary>
/// <param name="Messages">The messages to send again, oldest first.</param>
/// <param name="Lost">
/// The newest messages that are not sent again, at most <see cref="MaxLost"/>, and all timers among the others.
/// </param>
/// <param name="LostCount">The number of messages that are not sent again.</param>
internal sealed record StoredRecall(IReadOnlyList<OutgoingMessage> Messages, IReadOnlyList<Guid> Lost, long LostCount)
{
    public const int MaxLost = 100;

    // Our delivered messages at or above a position; a newer epoch is higher.
    private const string Delivered = """
        m.outgoing = 1 AND m.state < 4
        AND (m.epoch > $epoch OR (m.epoch = $epoch AND m.sequence >= $next))
        AND (m.state >= 2 OR m.epoch <> (SELECT epoch FROM peers WHERE id = m.peer) OR m.sequence < (SELECT base
          FROM peers WHERE id = m.peer))
        """;

    // Shown messages, deletes, and the last reaction and edit of each message that was not abandoned, which replace the
    // earlier ones. Deleted messages are not sent again.
    private const string Candidates = $"""
        (SELECT m.position FROM messages m INDEXED BY messages_peer
          WHERE m.peer = (SELECT id FROM peers WHERE peer_id = $remote) AND m.hidden = 0 AND m.removed = 0
            AND {Delivered}
        UNION ALL SELECT m.position FROM messages m INDEXED BY messages_changes
          LEFT JOIN messages t ON t.position = m.target
          WHERE m.peer = (SELECT id FROM peers WHERE peer_id = $remote) AND m.kind > 0 AND {Delivered}
            AND (m.kind = 3 OR (t.hidden = 0 AND t.removed = 0
              AND NOT EXISTS (SELECT 1 FROM messages n WHERE n.target = m.target AND n.kind = m.kind
                AND n.outgoing = 1 AND n.kind > 0 AND n.state < 4 AND n.position > m.position)))
        -- The last timer, if its line is deleted here.
        UNION ALL SELECT m.position FROM messages m INDEXED BY messages_timers
          WHERE m.peer = (SELECT id FROM peers WHERE peer_id = $remote) AND m.kind = 4 AND m.hidden <> 0
            AND NOT EXISTS (SELECT 1 FROM messages n INDEXED BY messages_timers WHERE n.peer = m.peer
              AND n.outgoing = 1 AND n.kind = 4 AND n.state < 4 AND n.position > m.position)
            AND {Delivered}) c
        """;

    /// <summary>
    /// Messages sent before this time are not sent again. Without the directory's time nothing is too old, because this
    /// machine's clock may be wrong; the number of messages and bytes is bounded anyway.
    /// </summary>
    public static DateTimeOffset Oldest(TimeReading now, TimeSpan expiry) =>
        now.Directory is { } directory ? (directory < now.Own ? directory : now.Own) - expiry : DateTimeOffset.MinValue;

    /// <param name="after">See <see cref="Oldest"/>.</param>
    public static StoredRecall Find(
        SqliteConnection connection,
        PeerId remote,
        SessionEffect.Recall asked,
        DateTimeOffset after
    )
    {
        var (messages, lost, bytes, isFull) = (new List<OutgoingMessage>(), new List<Guid>(), 0L, false);
        using var command = connection.Command(
            $"""
            SELECT m.id, m.sent_at, m.text, m.trace, m.content, t.text, t.outgoing, t.epoch, t.sequence, d.seconds
            FROM {Candidates}
            JOIN messages m ON m.position = c.position LEFT JOIN messages t ON t.position = m.target
            LEFT JOIN disappearing d ON d.message = m.position
            ORDER BY c.position DESC LIMIT $limit
            """,
            ("$remote", remote.Bytes.ToArray()),
            ("$epoch", (long)asked.Kept.Epoch),
            ("$next", (long)asked.Kept.Next),
            ("$limit", (long)asked.MaxMessages + MaxLost)
        );
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var message = MessageOf(reader);
            bytes += message.Bytes;
            // Without gaps, so that messages keep their order.
            isFull |= message.SentAt <= after || messages.Count >= asked.MaxMessages || bytes > asked.MaxBytes;
            if (!isFull)
            {
                messages.Add(message);
            }
            else if (lost.Count < MaxLost && IsToldOf(reader, message.Content, asked.Kept))
            {
                lost.Add(message.Id);
            }
        }

        // Those that Mark marks, also if they are hidden, because a timer that the other side lacks does not count.
        lost.AddRange(TimersOf(connection, remote, asked).Except(messages.Select(message => message.Id)).Except(lost));
        messages.Reverse();
        return new StoredRecall(messages, lost, Count(connection, remote, asked) - messages.Count);
    }

    // A change of a message of ours that is lost itself says nothing more.
    private static bool IsToldOf(SqliteDataReader reader, MessageContent? content, Position kept) =>
        MessageContent.IsShown(content)
        || (
            !reader.IsDBNull(6)
            && (reader.GetInt64(6) == 0 || new Position((ulong)reader.GetInt64(7), (ulong)reader.GetInt64(8)) < kept)
        );

    // The text of a change is not kept: it follows from the message that was changed.
    private static OutgoingMessage MessageOf(SqliteDataReader reader)
    {
        var content = reader.IsDBNull(4) ? null : MessageContent.TryParse(reader.GetBytes(4));
        var text = MessageContent.IsText(content)
            ? reader.GetString(2)
            : FallbackText.Of(content, reader.GetStringOrNull(5) ?? "");
        return new OutgoingMessage(reader.GetMessageId(0), text, reader.GetTime(1), reader.GetStringOrNull(3))
        {
            Content = content,
            ExpiresAfter = reader.IsDBNull(9) ? 0 : (uint)reader.GetInt64(9),
        };
    }

    private static List<Guid> TimersOf(SqliteConnection connection, PeerId remote, SessionEffect.Recall asked) =>
        connection.List(
            $"""
            SELECT m.id FROM messages m INDEXED BY messages_timers
            WHERE m.peer = (SELECT id FROM peers WHERE peer_id = $remote) AND m.kind = 4 AND {Delivered}
            ORDER BY m.position DESC LIMIT {StoredTimers.MaxOurs}
            """,
            reader => reader.GetMessageId(0),
            ("$remote", remote.Bytes.ToArray()),
            ("$epoch", (long)asked.Kept.Epoch),
            ("$next", (long)asked.Kept.Next)
        );

    private static long Count(SqliteConnection connection, PeerId remote, SessionEffect.Recall asked) =>
        (long)
            connection.Scalar(
                $"SELECT count(*) FROM {Candidates}",
                ("$remote", remote.Bytes.ToArray()),
                ("$epoch", (long)asked.Kept.Epoch),
                ("$next", (long)asked.Kept.Next)
            )!;

    /// <summary>Marks the delivered messages as lost. Those that are sent again get new numbers afterwards.</summary>
    public static void Mark(SqliteConnection connection, long peer, Recalled recalled)
    {
        using var mark = connection.Command(
            $"UPDATE messages AS m SET state = $lost WHERE m.peer = $peer AND {Delivered}",
            ("$lost", (long)MessageState.Lost),
            ("$peer", peer),
            ("$epoch", (long)recalled.Kept.Epoch),
            ("$next", (long)recalled.Kept.Next)
        );
        _ = mark.ExecuteNonQuery();
        foreach (var message in recalled.Messages)
        {
            // With its text, which may have been deleted here meanwhile, but not one that was deleted for everyone or
            // has disappeared: after a restart, a delete is sent instead. It has no effect in place of an edit.
            using var again = connection.Command(
                """
                UPDATE messages SET state = $sent, hidden = iif(hidden, 2, 0), text = iif(o.erased, '', $text),
                  content = iif(o.erased AND kind <> 1, $emptied, $content), queued_ran = $ran,
                  queued_directory = $directory
                FROM (SELECT m.position AS at, m.removed OR (m.kind IN (1, 2) AND coalesce(t.removed, 0)) AS erased
                  FROM messages m LEFT JOIN messages t ON t.position = m.target
                  WHERE m.peer = $peer AND m.outgoing = 1 AND m.id = $id) o
                WHERE position = o.at
                """,
                ("$sent", (long)MessageState.Sent),
                ("$text", message.Text),
                ("$content", (object?)message.Content?.ToBytes() ?? DBNull.Value),
                ("$emptied", new MessageContent.Delete(message.Id).ToBytes()),
                ("$ran", (long)message.QueuedAtRan.TotalMilliseconds),
                ("$directory", (object?)message.QueuedAtDirectory?.ToUnixTimeMilliseconds() ?? DBNull.Value),
                ("$peer", peer),
                ("$id", message.Id.ToByteArray(bigEndian: true))
            );
            _ = again.ExecuteNonQuery();
            // It counts from its next delivery.
            _ = connection.Run(
                """
                UPDATE disappearing SET began_own = NULL, began_ran = NULL, began_directory = NULL WHERE message =
                  (SELECT position FROM messages WHERE peer = $peer AND outgoing = 1 AND id = $id)
                """,
                ("$peer", peer),
                ("$id", message.Id.ToByteArray(bigEndian: true))
            );
        }
    }
}
