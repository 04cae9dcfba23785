using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>Delivered messages that the other side lost when it was restored from an older copy.</summary>
/// <param name="Messages">The messages to send again, oldest first.</param>
/// <param name="Lost">The newest messages that are not sent again, at most <see cref="MaxLost"/>.</param>
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
        var (messages, lost, bytes) = (new List<OutgoingMessage>(), new List<Guid>(), 0L);
        using var command = connection.Command(
            $"""
            SELECT m.id, m.sent_at, m.text, m.trace, length(CAST(m.text AS BLOB)) FROM messages m
            WHERE m.peer = (SELECT id FROM peers WHERE peer_id = $remote) AND m.hidden = 0 AND {Delivered}
            ORDER BY m.position DESC LIMIT $limit
            """,
            ("$remote", remote.Bytes.ToArray()),
            ("$epoch", (long)asked.Kept.Epoch),
            ("$next", (long)asked.Kept.Next),
            ("$limit", (long)asked.MaxMessages + MaxLost)
        );
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            var id = new Guid(reader.GetFieldValue<byte[]>(0), bigEndian: true);
            var sentAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1));
            bytes += reader.GetInt64(4);
            // Without gaps, so that messages keep their order.
            if (lost.Count == 0 && sentAt > after && messages.Count < asked.MaxMessages && bytes <= asked.MaxBytes)
            {
                messages.Add(
                    new OutgoingMessage(
                        id,
                        reader.GetString(2),
                        sentAt,
                        reader.IsDBNull(3) ? null : reader.GetString(3)
                    )
                );
            }
            else if (lost.Count < MaxLost)
            {
                lost.Add(id);
            }
        }

        messages.Reverse();
        return new StoredRecall(messages, lost, Count(connection, remote, asked) - messages.Count);
    }

    private static long Count(SqliteConnection connection, PeerId remote, SessionEffect.Recall asked)
    {
        using var command = connection.Command(
            "SELECT count(*) FROM messages m WHERE m.peer = (SELECT id FROM peers WHERE peer_id = $remote) AND "
                + $"m.hidden = 0 AND {Delivered}",
            ("$remote", remote.Bytes.ToArray()),
            ("$epoch", (long)asked.Kept.Epoch),
            ("$next", (long)asked.Kept.Next)
        );
        return (long)command.ExecuteScalar()!;
    }

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
            // With its text, which may have been deleted here meanwhile.
            using var again = connection.Command(
                """
                UPDATE messages SET state = $sent, hidden = iif(hidden, 2, 0), text = $text, queued_ran = $ran,
                  queued_directory = $directory
                WHERE peer = $peer AND outgoing = 1 AND id = $id
                """,
                ("$sent", (long)MessageState.Sent),
                ("$text", message.Text),
                ("$ran", (long)message.QueuedAtRan.TotalMilliseconds),
                ("$directory", (object?)message.QueuedAtDirectory?.ToUnixTimeMilliseconds() ?? DBNull.Value),
                ("$peer", peer),
                ("$id", message.Id.ToByteArray(bigEndian: true))
            );
            _ = again.ExecuteNonQuery();
        }
    }
}
