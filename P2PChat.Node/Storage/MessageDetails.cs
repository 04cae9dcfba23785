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
    /// keys.
    /// </summary>
    public IReadOnlyList<(PeerId Key, Message Message)> Find(Username with, Guid id) =>
        database.Read(connection =>
            connection.List(
                $"SELECT {MessageReader.Columns}, p.peer_id FROM {MessageReader.Tables} WHERE p.username = $name "
                    + "AND m.outgoing IN (0, 1) AND m.id = $id AND m.hidden = 0",
                reader => (PeerId.FromHash(reader.GetBytes(16)), _messages.Read(reader)),
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
                SELECT m.kind, m.outgoing, m.sent_at, {MessageReader.State} FROM messages m
                JOIN peers p ON p.id = m.peer WHERE m.target = $position AND m.kind > 0
                ORDER BY m.position DESC LIMIT $limit
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
