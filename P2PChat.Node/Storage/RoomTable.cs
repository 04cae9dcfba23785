using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Node.Storage.Search;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Storage;

/// <summary>A room as the store has it.</summary>
/// <param name="Inviter">The peer that sent the first event; null if this peer made the room.</param>
internal sealed record StoredRoom(RoomSnapshot Snapshot, PeerId? Inviter, DateTimeOffset AddedAt)
{
    public RoomNotify Notify { get; init; }

    public RoomEventId? ReadUpTo { get; init; }

    /// <summary>The members of whose forks the user has been told.</summary>
    public IReadOnlyList<PeerId> ForksSeen { get; init; } = [];

    /// <summary>Whether it was restored from a backup, and this peer has not caught up yet.</summary>
    public bool IsRestored { get; init; }

    /// <summary>This peer asks to be invited by a link; null if it does not.</summary>
    public RoomLinkRequest? Request { get; init; }
}

/// <summary>An event that has arrived in a conversation and is not in its room yet.</summary>
/// <param name="IsFromContact">Whether its sender was a contact when it arrived.</param>
internal sealed record ArrivedEvent(long Position, PeerId From, bool IsFromContact, ReadOnlyMemory<byte> Event);

/// <summary>An event whose text contains the words of a search.</summary>
internal readonly record struct FoundEvent(long Position, RoomEventId Room, RoomEventId Event);

/// <summary>The rooms, with their events, and the events that have just arrived. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class RoomTable(StoreDatabase database, StoreWriter writer)
{
    /// <summary>
    /// Events of one sender that wait for the rooms, in bytes: twice what an honest sender keeps in its outbox. The
    /// sender's heads bring back what is dropped.
    /// </summary>
    public const int MaxWaitingBytes = 32 * 1024 * 1024;

    private const string Columns = "SELECT id, room, inviter, added_at, notify, read_up_to, restored FROM rooms";

    // Used by the writer's thread only.
    private PreparedCommands? _commands;

    /// <summary>Reads all rooms.</summary>
    /// <param name="damaged">Called with the id of each room that cannot be read, as far as it is known.</param>
    public IReadOnlyList<StoredRoom> Load(Action<RoomEventId?> damaged) =>
        database.Read(connection =>
            connection
                .List($"{Columns} ORDER BY id", reader => TryRead(connection, reader, damaged))
                .OfType<StoredRoom>()
                .ToList()
        );

    /// <summary>Reads one room; null if there is none.</summary>
    public StoredRoom? Load(RoomEventId room) =>
        database
            .Read(connection =>
                connection.List(
                    $"{Columns} WHERE room = $room",
                    reader => Read(connection, reader),
                    ("$room", room.ToBytes())
                )
            )
            .FirstOrDefault();

    /// <summary>When an event arrived, by this peer's clock; null if unknown.</summary>
    public DateTimeOffset? ArrivedAt(RoomEventId room, RoomEventId id) =>
        database.Read(connection =>
            connection.List(
                """
                SELECT arrived_at FROM room_events WHERE room = (SELECT id FROM rooms WHERE room = $room) AND id = $id
                """,
                reader => reader.GetTimeOrNull(0),
                ("$room", room.ToBytes()),
                ("$id", id.ToBytes())
            )
        )
            is [var at]
            ? at
            : null;

    /// <summary>The rooms that the user has deleted or declined.</summary>
    public IReadOnlyList<RoomEventId> Deleted() =>
        database.Read(connection =>
            connection.List("SELECT room FROM deleted_rooms", reader => new RoomEventId(reader.GetBytes(0)))
        );

    /// <summary>The message that an idempotency key has produced; null if the key is new.</summary>
    public (byte[] TextHash, RoomEventId Message)? FindKey(RoomEventId room, string key) =>
        database.Read(connection =>
            connection.List(
                """
                SELECT text_hash, event FROM room_keys
                  WHERE room = (SELECT id FROM rooms WHERE room = $room) AND key = $key
                """,
                reader => ((byte[], RoomEventId)?)(reader.GetBytes(0), new RoomEventId(reader.GetBytes(1))),
                ("$room", room.ToBytes()),
                ("$key", key)
            )
        )
            is [var found]
            ? found
            : null;

    /// <summary>
    /// Finds the newest texts that contain all words, the newest first, also those that are not shown any more.
    /// </summary>
    /// <param name="before">Only events at lower positions; null for all.</param>
    public IReadOnlyList<FoundEvent> Search(SearchQuery query, long? before, int limit) =>
        database.Read(connection =>
            connection.List(
                """
                SELECT e.position, r.room, e.id
                FROM room_words CROSS JOIN room_events e ON e.position = room_words.rowid
                  CROSS JOIN rooms r ON r.id = e.room
                WHERE room_words MATCH $words AND room_words.rowid < $before
                ORDER BY room_words.rowid DESC LIMIT $limit
                """,
                reader => new FoundEvent(
                    reader.GetInt64(0),
                    new RoomEventId(reader.GetBytes(1)),
                    new RoomEventId(reader.GetBytes(2))
                ),
                ("$words", query.Match),
                ("$before", before ?? long.MaxValue),
                ("$limit", (long)limit)
            )
        );

    /// <summary>The oldest events that have arrived.</summary>
    public IReadOnlyList<ArrivedEvent> Arrived(int limit) =>
        database.Read(connection =>
            connection.List(
                "SELECT position, sender, is_contact, event FROM room_inbox ORDER BY position LIMIT $limit",
                reader => new ArrivedEvent(
                    reader.GetInt64(0),
                    PeerId.FromHash(reader.GetBytes(1)),
                    reader.GetInt64(2) != 0,
                    reader.GetBytes(3)
                ),
                ("$limit", (long)limit)
            )
        );

    /// <summary>Remembers that all rooms were restored from a backup.</summary>
    public Task MarkRestoredAsync() => writer.CallAsync(connection => connection.Run("UPDATE rooms SET restored = 1"));

    /// <summary>
    /// Revokes all invite links, because this peer may not know of every use: it was restored from a backup.
    /// </summary>
    public Task RevokeLinksAsync() =>
        writer.CallAsync(connection => connection.Run("UPDATE room_links SET revoked = 1"));

    /// <summary>
    /// Saves everything in one transaction, after all work that was added before, and perhaps together with that.
    /// </summary>
    public Task SaveAsync(RoomBatch batch) =>
        writer.JoinAsync(connection => batch.Apply(_commands ??= new PreparedCommands(connection)));

    private static StoredRoom? TryRead(
        SqliteConnection connection,
        SqliteDataReader reader,
        Action<RoomEventId?> damaged
    )
    {
        RoomEventId? room = null;
        try
        {
            room = new RoomEventId(reader.GetBytes(1));
            return Read(connection, reader);
        }
        catch (Exception exception) when (exception is RoomException || StoreException.IsBadValue(exception))
        {
            damaged(room);
            return null;
        }
    }

    private static StoredRoom Read(SqliteConnection connection, SqliteDataReader reader)
    {
        var events = new List<RoomEvent>();
        var (unsent, hidden, forgotten) = (new List<RoomEventId>(), new List<RoomEventId>(), new List<RoomEventId>());
        foreach (
            var (stored, isUnsent, isHidden, isForgotten) in connection.List(
                "SELECT header, body, unsent, hidden, forgotten FROM room_events WHERE room = $room ORDER BY position",
                row =>
                    (
                        // Without the cast, NULL would become an empty body.
                        RoomEvent.Parse(
                            row.GetBytes(0),
                            row.IsDBNull(1) ? (ReadOnlyMemory<byte>?)null : row.GetBytes(1)
                        ),
                        row.GetInt64(2) != 0,
                        row.GetInt64(3) != 0,
                        row.GetInt64(4) != 0
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

            if (isForgotten)
            {
                forgotten.Add(stored.Id);
            }
        }

        return new StoredRoom(
            new RoomSnapshot(
                new RoomEventId(reader.GetBytes(1)),
                events,
                unsent,
                LinksOf(connection, reader.GetInt64(0))
            )
            {
                Hidden = hidden,
                Forgotten = forgotten,
            },
            reader.IsDBNull(2) ? null : PeerId.FromHash(reader.GetBytes(2)),
            DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3))
        )
        {
            Notify = (RoomNotify)reader.GetInt64(4),
            IsRestored = reader.GetInt64(6) != 0,
            ReadUpTo = reader.IsDBNull(5) ? null : new RoomEventId(reader.GetBytes(5)),
            Request = RequestOf(connection, reader.GetInt64(0)),
            ForksSeen = connection.List(
                "SELECT author FROM room_forks_seen WHERE room = $room",
                row => PeerId.FromHash(row.GetBytes(0)),
                ("$room", reader.GetInt64(0))
            ),
        };
    }

    private static List<RoomInvite> LinksOf(SqliteConnection connection, long room) =>
        connection.List(
            "SELECT secret, uses, created, expires, revoked, used_by FROM room_links WHERE room = $room",
            row => new RoomInvite(
                new InviteSecret(row.GetBytes(0)),
                (int)row.GetInt64(1),
                row.GetTime(2),
                row.GetTime(3)
            )
            {
                IsRevoked = row.GetInt64(4) != 0,
                UsedBy = [.. row.GetBytes(5).Chunk(PeerId.Size).Select(key => PeerId.FromHash(key))],
            },
            ("$room", room)
        );

    private static RoomLinkRequest? RequestOf(SqliteConnection connection, long room) =>
        connection
            .List(
                "SELECT moderator, name, secret, at FROM room_requests WHERE room = $room",
                row => new RoomLinkRequest(
                    PeerId.FromHash(row.GetBytes(0)),
                    Username.Parse(row.GetString(1)),
                    new InviteSecret(row.GetBytes(2)),
                    row.GetTime(3)
                ),
                ("$room", room)
            )
            .FirstOrDefault();
}
