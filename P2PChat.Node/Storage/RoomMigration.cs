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
          -- When it was added, in milliseconds since 1970. Invitations that are not accepted are removed in the end.
          added_at INTEGER NOT NULL,
          -- Which messages notify the user: see RoomNotify.
          notify INTEGER NOT NULL DEFAULT 0,
          -- The last message that the user has read.
          read_up_to BLOB,
          -- Whether it was restored from a backup, and this peer has not caught up yet.
          restored INTEGER NOT NULL DEFAULT 0
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

        -- The index of their texts, by position: see SearchIndexer. An edit has words of its own, and a search shows an
        -- event only if its text is still the one of its message.
        CREATE VIRTUAL TABLE room_words USING fts5 (text, content='', contentless_delete=1, tokenize='ascii');
        CREATE TRIGGER room_words_delete AFTER DELETE ON room_events WHEN old.body IS NOT NULL BEGIN
          DELETE FROM room_words WHERE rowid = old.position;
        END;
        CREATE TRIGGER room_words_update AFTER UPDATE OF body ON room_events WHEN old.body IS NOT NULL BEGIN
          DELETE FROM room_words WHERE rowid = old.position;
        END;

        -- Events that have arrived in conversations and are not in their rooms yet.
        CREATE TABLE room_inbox (
          position INTEGER PRIMARY KEY AUTOINCREMENT,
          sender BLOB NOT NULL,
          -- Whether the sender was a contact when the event arrived. Only contacts may invite.
          is_contact INTEGER NOT NULL,
          event BLOB NOT NULL
        ) STRICT;

        -- The idempotency keys of messages that this peer has sent.
        CREATE TABLE room_keys (
          room INTEGER NOT NULL REFERENCES rooms (id),
          key TEXT NOT NULL,
          text_hash BLOB NOT NULL,
          event BLOB NOT NULL,
          sent_at INTEGER NOT NULL,
          PRIMARY KEY (room, key)
        ) STRICT, WITHOUT ROWID;

        -- The invite links that this peer has made.
        CREATE TABLE room_links (
          id BLOB PRIMARY KEY,
          room INTEGER NOT NULL REFERENCES rooms (id),
          secret BLOB NOT NULL,
          uses INTEGER NOT NULL,
          created INTEGER NOT NULL,
          expires INTEGER NOT NULL,
          revoked INTEGER NOT NULL DEFAULT 0,
          -- The keys of the peers that were invited by it, 32 bytes each, oldest first.
          used_by BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- The links by which this peer asks to be invited, until a moderator's peer has answered.
        CREATE TABLE room_requests (
          room INTEGER PRIMARY KEY REFERENCES rooms (id),
          moderator BLOB NOT NULL,
          name TEXT NOT NULL,
          secret BLOB NOT NULL,
          at INTEGER NOT NULL
        ) STRICT;

        -- Rooms that the user has deleted or declined: events that are still on their way must not bring them back.
        CREATE TABLE deleted_rooms (
          room BLOB PRIMARY KEY,
          deleted_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Whether the two are not contacts, and have accepted each other only because both are members of a room.
        ALTER TABLE peers ADD COLUMN for_rooms INTEGER NOT NULL DEFAULT 0;

        -- Whether a contact may not know yet that it is one, so that its link for rooms means nothing.
        ALTER TABLE peers ADD COLUMN unconfirmed INTEGER NOT NULL DEFAULT 0;
        UPDATE peers SET unconfirmed = 1 WHERE accepted AND introduction <> 0;

        -- Messages that carry events of rooms (kind 7) are deleted once they have left the outbox.
        CREATE INDEX messages_room_events ON messages (peer, position) WHERE kind = 7 AND hidden = 1;
        """;
}
