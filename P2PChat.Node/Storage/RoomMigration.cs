namespace P2PChat.Node.Storage;

/// <summary>
/// The migration of <see cref="StoreSchema"/> to version 15, with rooms. Once released, it is never changed.
/// </summary>
internal static class RoomMigration
{
    public const string Sql = """
        -- The rooms of which this peer has events. Who is in them, and what they show, follows from their events.
        CREATE TABLE rooms (
          id INTEGER PRIMARY KEY,
          room BLOB NOT NULL UNIQUE,
          -- The key of the peer that sent the first event; NULL if this peer made the room.
          inviter BLOB,
          -- Which messages notify the user: see RoomNotify.
          notify INTEGER NOT NULL DEFAULT 0,
          -- The last message that the user has read.
          read_up_to BLOB
        ) STRICT;

        -- In the order of arrival. An event without a body has lost it: its message was deleted for everyone.
        CREATE TABLE room_events (
          position INTEGER PRIMARY KEY,
          room INTEGER NOT NULL REFERENCES rooms (id),
          id BLOB NOT NULL,
          header BLOB NOT NULL,
          body BLOB,
          -- Whether it is this peer's own, and may not be in the outboxes of all members.
          unsent INTEGER NOT NULL DEFAULT 0,
          -- Whether it is a message that waits for others, or was sent after its author's removal and never shown.
          hidden INTEGER NOT NULL DEFAULT 0,
          UNIQUE (room, id)
        ) STRICT;

        -- Events that have arrived in conversations and are not in their rooms yet.
        CREATE TABLE room_inbox (
          position INTEGER PRIMARY KEY AUTOINCREMENT,
          sender BLOB NOT NULL,
          event BLOB NOT NULL
        ) STRICT;

        -- Whether the two have accepted each other for the sake of a room only, and are not contacts.
        ALTER TABLE peers ADD COLUMN for_rooms INTEGER NOT NULL DEFAULT 0;

        -- Messages that carry events of rooms (kind 7) are deleted once they have left the outbox.
        CREATE INDEX messages_room_events ON messages (peer, position) WHERE kind = 7 AND hidden = 1;
        """;
}
