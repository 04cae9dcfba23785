using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>A conversation in a list of all conversations.</summary>
/// <param name="Accepted">
/// Whether the two have accepted each other, so that messages are queued while there is no link.
/// </param>
/// <param name="LastPosition">The position of the newest message; 0 if there is none.</param>
/// <param name="Unread">
/// Received messages that the user has not read and that are not deleted for everyone, at most
/// <see cref="StoredOverview.MaxUnread"/>.
/// </param>
/// <param name="Waiting">Sent messages that are not acknowledged.</param>
public sealed record ConversationOverview(Username With, bool Accepted, long LastPosition, int Unread, int Waiting)
{
    /// <summary>When the newest message was sent, by its sender's clock; null if there is none.</summary>
    public DateTimeOffset? LastAt { get; init; }
}

/// <summary>Summarizes all conversations. Thread-safe.</summary>
internal sealed class StoredOverview(StoreDatabase database)
{
    public const int MaxUnread = 1000;

    // A conversation's outbox has no more than this.
    private static readonly long MaxWaiting = new ConversationOptions().OutboxMessages;

    /// <summary>Whether the user has not read the received message m of the peer p.</summary>
    private const string IsUnread = """
        ((m.epoch = p.their_epoch AND m.sequence >= p.read_next)
        -- A new epoch of the other side does not mean that the user has read the previous one.
        OR (p.read_next = 0 AND EXISTS (SELECT 1 FROM past_epochs e WHERE e.peer = p.id AND e.epoch = m.epoch
          AND m.sequence >= e.read_next
          AND NOT EXISTS (SELECT 1 FROM past_epochs l WHERE l.peer = p.id AND l.epoch > e.epoch
            AND l.read_next > 0))))
        """;

    // The newest received messages m of a peer p with the marks c, and which of them are unread.
    private const string Received = $"""
        (SELECT r.epoch, r.sequence, r.position, r.removed, r.kind FROM messages r
          WHERE r.peer = p.id AND r.outgoing = 0 AND r.hidden = 0 ORDER BY r.position DESC LIMIT $unread) m
        WHERE m.removed = 0 AND m.kind = 0 AND ({IsUnread} OR m.position >= c.unread_from)
        """;

    private const string Sql = $"""
        SELECT o.id, o.username, o.accepted, o.last, o.unread, o.waiting,
          (SELECT l.sent_at FROM messages l WHERE l.position = o.last) FROM (
        SELECT p.id AS id, p.username AS username, p.accepted AND NOT p.for_rooms AS accepted,
          max(
            coalesce((SELECT max(m.position) FROM messages m WHERE m.peer = p.id AND m.outgoing = 0
              AND m.hidden = 0), 0),
            coalesce((SELECT max(m.position) FROM messages m WHERE m.peer = p.id AND m.outgoing = 1
              AND m.hidden = 0), 0)) AS last,
          (SELECT count(*) FROM {Received}) AS unread,
          iif(p.next = p.base, 0,
            (SELECT count(*) FROM (SELECT m.epoch, m.sequence, m.state FROM messages m
               WHERE m.peer = p.id AND m.outgoing = 1 AND m.hidden = 0 ORDER BY m.position DESC LIMIT $waiting) newest
             WHERE newest.epoch = p.epoch AND newest.sequence >= p.base AND newest.state < 4)
            + (SELECT count(*) FROM messages m WHERE m.peer = p.id AND m.hidden = 2 AND m.state < 4
              AND m.kind = 0)) AS waiting
        FROM peers p LEFT JOIN chat_marks c ON c.name = p.username
        WHERE p.username IS NOT NULL
          -- A former contact may have become an acquaintance.
          AND (p.for_rooms = 0 OR EXISTS (SELECT 1 FROM messages h WHERE h.peer = p.id AND h.hidden = 0))
        ) o ORDER BY o.id
        """;

    private const string FirstUnreadSql = $"""
        SELECT f.id FROM peers p LEFT JOIN chat_marks c ON c.name = p.username
        JOIN messages f ON f.position = (SELECT min(m.position) FROM {Received})
        WHERE p.username = $name ORDER BY f.position LIMIT 1
        """;

    /// <summary>
    /// Finds the oldest unread message of a peer, among the newest <see cref="MaxUnread"/>; null if there is none.
    /// </summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public Guid? FirstUnread(Username with) =>
        database.Read(connection =>
            connection.List(
                FirstUnreadSql,
                reader => reader.GetMessageId(0),
                ("$name", with.Value),
                ("$unread", (long)MaxUnread)
            )
        )
            is [var id]
            ? id
            : null;

    /// <summary>Reads the overview. Damaged conversations are left out.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public IReadOnlyList<ConversationOverview> Read() =>
        [
            .. database
                .Read(connection =>
                    connection.ListSound(
                        Sql,
                        reader => new ConversationOverview(
                            Username.Parse(reader.GetString(1)),
                            reader.GetInt64(2) != 0,
                            reader.GetInt64(3),
                            (int)reader.GetInt64(4),
                            (int)reader.GetInt64(5)
                        )
                        {
                            LastAt = reader.IsDBNull(6) ? null : reader.GetTime(6),
                        },
                        damaged: _ => { },
                        ("$unread", (long)MaxUnread),
                        ("$waiting", MaxWaiting)
                    )
                )
                // A name may have had several keys, the newest last.
                .GroupBy(one => one.With)
                .Select(same => new ConversationOverview(
                    same.Key,
                    same.Last().Accepted,
                    same.Max(one => one.LastPosition),
                    same.Sum(one => one.Unread),
                    same.Sum(one => one.Waiting)
                )
                {
                    LastAt = same.MaxBy(one => one.LastPosition)!.LastAt,
                }),
        ];
}
