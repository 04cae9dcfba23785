using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Storage;

/// <summary>A room as the store has it.</summary>
/// <param name="Inviter">The peer that sent the first event; null if this peer made the room.</param>
internal sealed record StoredRoom(RoomSnapshot Snapshot, PeerId? Inviter, RoomNotify Notify, RoomEventId? ReadUpTo);

/// <summary>An event that has arrived in a conversation and is not in its room yet.</summary>
internal sealed record ArrivedEvent(long Position, PeerId From, ReadOnlyMemory<byte> Event);

/// <summary>The rooms, with their events, and the events that have just arrived. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class RoomTable(StoreDatabase database, StoreWriter writer)
{
    /// <summary>Reads all rooms, except those that are damaged.</summary>
    public IReadOnlyList<StoredRoom> Load() =>
        database.Read(connection =>
            connection
                .ListSound(
                    "SELECT id, room, inviter, notify, read_up_to FROM rooms ORDER BY id",
                    reader => Read(connection, reader),
                    damaged: _ => { }
                )
                .ToList()
        );

    /// <summary>Reads one room; null if there is none.</summary>
    public StoredRoom? Load(RoomEventId room) =>
        database
            .Read(connection =>
                connection.List(
                    "SELECT id, room, inviter, notify, read_up_to FROM rooms WHERE room = $room",
                    reader => Read(connection, reader),
                    ("$room", room.ToBytes())
                )
            )
            .FirstOrDefault();

    /// <summary>The oldest events that have arrived.</summary>
    public IReadOnlyList<ArrivedEvent> Arrived(int limit) =>
        database.Read(connection =>
            connection.List(
                "SELECT position, sender, event FROM room_inbox ORDER BY position LIMIT $limit",
                reader => new ArrivedEvent(reader.GetInt64(0), PeerId.FromHash(reader.GetBytes(1)), reader.GetBytes(2)),
                ("$limit", (long)limit)
            )
        );

    /// <summary>Saves everything in one transaction.</summary>
    public Task SaveAsync(RoomBatch batch) => writer.CallAsync(batch.Apply);

    /// <summary>Keeps an event within the transaction that stores the message that carries it.</summary>
    public static void NoteArrived(SqliteConnection connection, long peer, ReadOnlyMemory<byte> roomEvent) =>
        connection.Run(
            "INSERT INTO room_inbox (sender, event) SELECT peer_id, $event FROM peers WHERE id = $peer",
            ("$event", roomEvent.ToArray()),
            ("$peer", peer)
        );

    private static StoredRoom Read(SqliteConnection connection, SqliteDataReader reader)
    {
        var events = new List<RoomEvent>();
        var unsent = new List<RoomEventId>();
        var hidden = new List<RoomEventId>();
        foreach (
            var (stored, isUnsent, isHidden) in connection.List(
                "SELECT header, body, unsent, hidden FROM room_events WHERE room = $room ORDER BY position",
                row =>
                    (
                        RoomEvent.Parse(row.GetBytes(0), row.IsDBNull(1) ? null : row.GetBytes(1).AsMemory()),
                        row.GetInt64(2) != 0,
                        row.GetInt64(3) != 0
                    ),
                ("$room", reader.GetInt64(0))
            )
        )
        {
            events.Add(stored);
            if (isUnsent)
            {
                unsent.Add(stored.Id);
            }

            if (isHidden)
            {
                hidden.Add(stored.Id);
            }
        }

        return new StoredRoom(
            new RoomSnapshot(new RoomEventId(reader.GetBytes(1)), events, unsent, []) { Hidden = hidden },
            reader.IsDBNull(2) ? null : PeerId.FromHash(reader.GetBytes(2)),
            (RoomNotify)reader.GetInt64(3),
            reader.IsDBNull(4) ? null : new RoomEventId(reader.GetBytes(4))
        );
    }
}
