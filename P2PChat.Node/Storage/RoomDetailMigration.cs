namespace P2PChat.Node.Storage;

/// <summary>The migration of <see cref="StoreSchema"/> to version 16. Once released, it is never changed.</summary>
internal static class RoomDetailMigration
{
    public const string Sql = """
        -- Whether the user has deleted the message, or the message that this edits, on this peer only.
        ALTER TABLE room_events ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;

        -- When it arrived, by this peer's clock, in milliseconds since 1970; NULL for events from before this version.
        ALTER TABLE room_events ADD COLUMN arrived_at INTEGER;

        -- The members of whose forks the user has been told, and has closed the notice.
        CREATE TABLE room_forks_seen (
          room INTEGER NOT NULL REFERENCES rooms (id),
          author BLOB NOT NULL,
          PRIMARY KEY (room, author)
        ) STRICT, WITHOUT ROWID;

        -- The texts of rooms are indexed later, many at a time, and are searchable up to this position.
        CREATE TABLE room_searchable (id INTEGER PRIMARY KEY CHECK (id = 1), up_to INTEGER NOT NULL) STRICT;
        INSERT INTO room_searchable SELECT 1, coalesce(max(position), 0) FROM room_events;

        -- The position of the last event is used again once that is deleted.
        CREATE TRIGGER room_searchable_delete AFTER DELETE ON room_events BEGIN
          UPDATE room_searchable SET up_to = (SELECT coalesce(max(position), 0) FROM room_events)
            WHERE up_to > (SELECT coalesce(max(position), 0) FROM room_events);
        END;

        -- The size of what waits in the inbox, in bytes: see RoomTable.MaxWaitingBytes.
        CREATE TABLE room_inbox_sizes (sender BLOB PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO room_inbox_sizes SELECT sender, sum(length(event)) FROM room_inbox GROUP BY sender;
        CREATE TRIGGER room_inbox_insert AFTER INSERT ON room_inbox BEGIN
          INSERT INTO room_inbox_sizes VALUES (new.sender, length(new.event))
            ON CONFLICT (sender) DO UPDATE SET bytes = bytes + excluded.bytes;
        END;
        CREATE TRIGGER room_inbox_delete AFTER DELETE ON room_inbox BEGIN
          UPDATE room_inbox_sizes SET bytes = bytes - length(old.event) WHERE sender = old.sender;
          DELETE FROM room_inbox_sizes WHERE sender = old.sender AND bytes <= 0;
        END;

        -- Abandoned messages (states above 3) with events of rooms kept the events, which no delete could reach.
        UPDATE messages SET content = NULL WHERE hidden = 2 AND kind = 7 AND state > 3;

        -- See AutoAccept.
        ALTER TABLE chat_marks ADD COLUMN accept_files INTEGER NOT NULL DEFAULT 0;
        """;
}
