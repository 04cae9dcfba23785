using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Storage;

/// <summary>Changes of rooms that are saved together, in the order in which they are added. Not thread-safe.</summary>
internal sealed class RoomBatch
{
    // Events wait in outboxes and mailboxes for 14 days.
    private static readonly TimeSpan DeletedRooms = TimeSpan.FromDays(90);

    private static readonly TimeSpan Keys = TimeSpan.FromDays(7);

    private readonly List<(string Sql, (string, object?)[] Parameters)> _writes = [];

    public bool IsEmpty => _writes.Count == 0;

    /// <summary>Adds a room.</summary>
    /// <param name="inviter">The peer that sent the first event; null if this peer made the room.</param>
    public void Add(RoomEventId room, PeerId? inviter, DateTimeOffset addedAt)
    {
        Add(
            "INSERT OR IGNORE INTO rooms (room, inviter, added_at) VALUES ($room, $inviter, $at)",
            ("$room", room.ToBytes()),
            ("$inviter", inviter?.Bytes.ToArray() ?? (object)DBNull.Value),
            ("$at", Milliseconds(addedAt))
        );
        Add("DELETE FROM deleted_rooms WHERE room = $room", ("$room", room.ToBytes()));
    }

    /// <summary>Removes a room with everything in it, and remembers that it is deleted.</summary>
    public void Delete(RoomEventId room, DateTimeOffset now)
    {
        Add("DELETE FROM deleted_rooms WHERE deleted_at < $before", ("$before", Milliseconds(now - DeletedRooms)));
        Add(
            "INSERT OR REPLACE INTO deleted_rooms VALUES ($room, $at)",
            ("$room", room.ToBytes()),
            ("$at", Milliseconds(now))
        );
        Add(
            "DELETE FROM room_events WHERE room = (SELECT id FROM rooms WHERE room = $room)",
            ("$room", room.ToBytes())
        );
        Add("DELETE FROM room_keys WHERE room = (SELECT id FROM rooms WHERE room = $room)", ("$room", room.ToBytes()));
        Add("DELETE FROM room_links WHERE room = (SELECT id FROM rooms WHERE room = $room)", ("$room", room.ToBytes()));
        Add(
            "DELETE FROM room_forks_seen WHERE room = (SELECT id FROM rooms WHERE room = $room)",
            ("$room", room.ToBytes())
        );
        RemoveRequest(room);
        Add("DELETE FROM rooms WHERE room = $room", ("$room", room.ToBytes()));
        // Rewrites the index without the words of the deleted rows.
        Add("INSERT INTO room_words (room_words) VALUES ('optimize')");
    }

    /// <summary>Saves a change of a room that was added before.</summary>
    /// <param name="now">When an event has arrived.</param>
    public void Add(RoomEventId room, RoomChange change, DateTimeOffset now)
    {
        switch (change)
        {
            case RoomChange.Added added:
                Add(
                    """
                    INSERT INTO room_events (room, id, header, body, unsent, hidden, arrived_at)
                      SELECT id, $id, $header, $body, $unsent, $hidden, $now FROM rooms WHERE room = $room
                      ON CONFLICT (room, id) DO UPDATE SET unsent = excluded.unsent, hidden = excluded.hidden
                    """,
                    ("$room", room.ToBytes()),
                    ("$id", added.Event.Id.ToBytes()),
                    ("$header", added.Event.WithoutBody().ToBytes()),
                    ("$body", BodyOf(added.Event)),
                    ("$unsent", added.IsUnsent ? 1L : 0L),
                    ("$hidden", added.IsHidden ? 1L : 0L),
                    ("$now", Milliseconds(now))
                );
                break;
            case RoomChange.Shown shown:
                Add($"UPDATE room_events SET hidden = 0 WHERE {OfEvent}", ("$room", room.ToBytes()), IdOf(shown.Id));
                break;
            case RoomChange.Dropped dropped:
                Add($"DELETE FROM room_events WHERE {OfEvent}", ("$room", room.ToBytes()), IdOf(dropped.Id));
                break;
            case RoomChange.Sent sent:
                Add($"UPDATE room_events SET unsent = 0 WHERE {OfEvent}", ("$room", room.ToBytes()), IdOf(sent.Id));
                break;
            case RoomChange.BodyChanged changed:
                Add(
                    $"UPDATE room_events SET body = $body WHERE {OfEvent}",
                    ("$room", room.ToBytes()),
                    IdOf(changed.Event.Id),
                    ("$body", BodyOf(changed.Event))
                );
                Index(room, changed.Event);
                break;
            case RoomChange.Forgotten forgotten:
                Add(
                    $"UPDATE room_events SET body = NULL, forgotten = 1 WHERE {OfEvent}",
                    ("$room", room.ToBytes()),
                    IdOf(forgotten.Id)
                );
                break;
            case RoomChange.LinkChanged { Invite: var invite }:
                Add(
                    """
                    INSERT INTO room_links (id, room, secret, uses, created, expires, revoked, used_by)
                      SELECT $id, id, $secret, $uses, $created, $expires, $revoked, $used FROM rooms WHERE room = $room
                      ON CONFLICT (id) DO UPDATE SET revoked = excluded.revoked, used_by = excluded.used_by
                    """,
                    ("$room", room.ToBytes()),
                    ("$id", invite.Secret.Id.ToArray()),
                    ("$secret", invite.Secret.Bytes.ToArray()),
                    ("$uses", (long)invite.Uses),
                    ("$created", Milliseconds(invite.CreatedAt)),
                    ("$expires", Milliseconds(invite.NotAfter)),
                    ("$revoked", invite.IsRevoked ? 1L : 0L),
                    ("$used", invite.UsedBy.SelectMany(key => key.Bytes.ToArray()).ToArray())
                );
                break;
            case RoomChange.LinkForgotten link:
                Add("DELETE FROM room_links WHERE id = $id", ("$id", link.InviteId.ToArray()));
                break;
        }
    }

    /// <summary>Remembers which message an idempotency key has produced.</summary>
    public void AddKey(RoomEventId room, string key, byte[] textHash, RoomEventId message, DateTimeOffset now)
    {
        Add("DELETE FROM room_keys WHERE sent_at < $before", ("$before", Milliseconds(now - Keys)));
        Add(
            "INSERT INTO room_keys SELECT id, $key, $hash, $id, $now FROM rooms WHERE room = $room",
            ("$room", room.ToBytes()),
            ("$key", key),
            ("$hash", textHash),
            IdOf(message),
            ("$now", Milliseconds(now))
        );
    }

    public void SetNotify(RoomEventId room, RoomNotify notify) =>
        Add(
            "UPDATE rooms SET notify = $notify WHERE room = $room",
            ("$room", room.ToBytes()),
            ("$notify", (long)notify)
        );

    /// <param name="upTo">Null if no message is read.</param>
    public void SetRead(RoomEventId room, RoomEventId? upTo) =>
        Add(
            "UPDATE rooms SET read_up_to = $id WHERE room = $room",
            ("$room", room.ToBytes()),
            ("$id", upTo?.ToBytes() ?? (object)DBNull.Value)
        );

    /// <summary>The user has closed the notice about a member's fork.</summary>
    public void SetForkSeen(RoomEventId room, PeerId author) =>
        Add(
            "INSERT OR IGNORE INTO room_forks_seen SELECT id, $author FROM rooms WHERE room = $room",
            ("$room", room.ToBytes()),
            ("$author", author.Bytes.ToArray())
        );

    /// <summary>A room that was restored has caught up.</summary>
    public void SetCaughtUp(RoomEventId room) =>
        Add("UPDATE rooms SET restored = 0 WHERE room = $room", ("$room", room.ToBytes()));

    /// <summary>This peer asks to be invited by a link. Replaces an earlier one.</summary>
    public void SetRequest(RoomEventId room, RoomLinkRequest request) =>
        Add(
            """
            INSERT OR REPLACE INTO room_requests (room, moderator, name, secret, at)
              SELECT id, $moderator, $name, $secret, $at FROM rooms WHERE room = $room
            """,
            ("$room", room.ToBytes()),
            ("$moderator", request.Moderator.Bytes.ToArray()),
            ("$name", request.Name.Value),
            ("$secret", request.Secret.Bytes.ToArray()),
            ("$at", Milliseconds(request.At))
        );

    /// <summary>This peer asks no longer.</summary>
    public void RemoveRequest(RoomEventId room) =>
        Add(
            "DELETE FROM room_requests WHERE room = (SELECT id FROM rooms WHERE room = $room)",
            ("$room", room.ToBytes())
        );

    /// <summary>An event that has arrived is in its room, or was refused.</summary>
    public void Handled(ArrivedEvent arrived) =>
        Add("DELETE FROM room_inbox WHERE position = $position", ("$position", arrived.Position));

    public void Apply(PreparedCommands commands)
    {
        foreach (var (sql, parameters) in _writes)
        {
            commands.Run(sql, parameters);
        }
    }

    private const string OfEvent = "room = (SELECT id FROM rooms WHERE room = $room) AND id = $id";

    private static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();

    private static (string, object?) IdOf(RoomEventId id) => ("$id", id.ToBytes());

    private static object BodyOf(RoomEvent roomEvent) => roomEvent.Body is { } body ? body.ToArray() : DBNull.Value;

    // The triggers of the table remove the words of texts that are deleted. Later events are indexed later.
    private void Index(RoomEventId room, RoomEvent roomEvent)
    {
        if (RoomIndexer.TextOf(roomEvent) is { } text)
        {
            Add(
                $"""
                INSERT OR REPLACE INTO room_words (rowid, text)
                  SELECT position, indexed($text) FROM room_events WHERE {OfEvent} AND body IS NOT NULL
                  AND position <= (SELECT up_to FROM room_searchable)
                """,
                ("$room", room.ToBytes()),
                IdOf(roomEvent.Id),
                ("$text", text)
            );
        }
    }

    private void Add(string sql, params (string, object?)[] parameters) => _writes.Add((sql, parameters));
}
