using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>Finds single messages and their details. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read.</exception>
internal sealed class MessageDetails(StoreDatabase database, Username self)
{
    private const int MaxChanges = 50;

    private readonly MessageReader _messages = new(self);

    /// <summary>
    /// Finds the messages with an id, from either side, that are not deleted on this side. A name may have had several
    /// keys. Lines that say that the timer was set are left out: they cannot be replied to or changed.
    /// </summary>
    public IReadOnlyList<(PeerId Key, Message Message)> Find(Username with, Guid id) =>
        database.Read(connection =>
            connection.List(
                $"SELECT {MessageReader.Columns}, p.peer_id FROM {MessageReader.Tables} WHERE p.username = $name "
                    + "AND m.outgoing IN (0, 1) AND m.id = $id AND m.hidden = 0 AND m.kind = 0",
                reader => (PeerId.FromHash(reader.GetBytes(MessageReader.ColumnCount)), _messages.Read(reader)),
                ("$name", with.Value),
                ("$id", id.ToByteArray(bigEndian: true))
            )
        );

    /// <summary>Reads what is known about a message.</summary>
    /// <param name="message">From <see cref="Find"/>.</param>
    public MessageInfo InfoOf(Message message) =>
        database.Read(connection => new MessageInfo(
            message,
            connection.List(
                "SELECT text, sent_at FROM versions WHERE message = $position ORDER BY number",
                reader => new MessageVersion(reader.GetString(0), reader.GetTime(1)),
                ("$position", message.Position)
            ),
            connection.List(
                $"""
                SELECT c.kind, c.outgoing, c.sent_at, {MessageReader.StateOfChange} FROM messages c
                JOIN peers p ON p.id = c.peer WHERE c.target = $position AND c.kind > 0
                ORDER BY c.position DESC LIMIT $limit
                """,
                reader => new SentChange(
                    (MessageChange)reader.GetInt64(0),
                    reader.GetInt64(1) != 0 ? self : message.With,
                    reader.GetTime(2),
                    (MessageState)reader.GetInt64(3)
                ),
                ("$position", message.Position),
                ("$limit", (long)MaxChanges)
            )
        )
        {
            DeliveredAt = message.State is MessageState.Delivered or MessageState.Read
                ? TimeOf(connection, message, TimeKind.Delivered)
                : null,
            ReadAt = message.State == MessageState.Read ? TimeOf(connection, message, TimeKind.Read) : null,
            ReceivedAt = message.State == MessageState.Received ? TimeOf(connection, message, TimeKind.Received) : null,
        });

    /// <summary>Finds the state of our last change of one kind; null if there is none.</summary>
    /// <param name="message">From <see cref="Find"/>.</param>
    public MessageState? StateOf(Message message, MessageChange change) =>
        database.Read(connection =>
            connection.List(
                $"""
                SELECT {MessageReader.StateOfChange} FROM messages c JOIN peers p ON p.id = c.peer
                WHERE c.target = $position AND c.outgoing = 1 AND c.kind > 0 AND c.kind = $kind
                ORDER BY c.position DESC LIMIT 1
                """,
                reader => (MessageState?)reader.GetInt64(0),
                ("$position", message.Position),
                ("$kind", (long)change)
            )
        )
            is [var state]
            ? state
            : null;

    /// <summary>
    /// Finds what a message of ours has changed, if it is the last of its kind and still counts, with its state.
    /// </summary>
    /// <param name="id">The id of the change, not of the changed message.</param>
    public PeerEvent? ReceiptOf(PeerId remote, Guid id) =>
        database
            .Read(connection =>
                connection.List(
                    $"""
                    SELECT c.kind, m.id, m.outgoing, p.username, {MessageReader.StateOfChange}
                    FROM messages c JOIN peers p ON p.id = c.peer LEFT JOIN messages m ON m.position = c.target
                    WHERE p.peer_id = $peer AND c.outgoing = 1 AND c.id = $id
                      AND ((c.kind IN (0, {ContentRow.TimerKind}) AND c.removed = 0)
                        OR (m.hidden = 0 AND (m.removed = 0 OR c.kind = 3)
                        AND NOT EXISTS (SELECT 1 FROM messages n INDEXED BY messages_our_changes
                          WHERE n.target = c.target AND n.outgoing = 1 AND n.kind > 0 AND n.kind = c.kind
                            AND n.position > c.position)))
                    """,
                    reader => ReceiptOf(reader, id),
                    ("$peer", remote.Bytes.ToArray()),
                    ("$id", id.ToByteArray(bigEndian: true))
                )
            )
            .FirstOrDefault();

    private PeerEvent ReceiptOf(SqliteDataReader reader, Guid id)
    {
        var (with, state) = (Username.Parse(reader.GetString(3)), (MessageState)reader.GetInt64(4));
        return reader.GetInt64(0) is > 0 and not ContentRow.TimerKind and var change
            ? new PeerEvent.ChangeReceipt(
                with,
                reader.GetMessageId(1),
                reader.GetInt64(2) != 0 ? self : with,
                (MessageChange)change,
                state
            )
            : new PeerEvent.Receipt(with, id, state);
    }

    private static DateTimeOffset? TimeOf(SqliteConnection connection, Message message, TimeKind kind) =>
        connection.List(
            """
            SELECT t.at FROM messages m JOIN times t ON t.peer = m.peer AND t.epoch = m.epoch
            WHERE m.position = $position AND t.kind = $kind AND t.next > m.sequence ORDER BY t.next LIMIT 1
            """,
            reader => reader.GetTimeOrNull(0),
            ("$position", message.Position),
            ("$kind", (long)kind)
        )
            is [var at]
            ? at
            : null;
}

/// <summary>The event whose time is kept. The store contains these numbers.</summary>
internal enum TimeKind
{
    /// <summary>Our messages were acknowledged by the other peer.</summary>
    Delivered = 0,

    /// <summary>Our messages were read by the other user.</summary>
    Read = 1,

    /// <summary>The other peer's messages were received.</summary>
    Received = 2,
}
