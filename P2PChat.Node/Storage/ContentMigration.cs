namespace P2PChat.Node.Storage;

/// <summary>The migration of <see cref="StoreSchema"/> to version 11. Once released, it is never changed.</summary>
internal static class ContentMigration
{
    public const string Sql = """
        -- See MessageChange. Reactions, edits and deletes change another message, the target. Their rows are never
        -- shown: hidden is 2 while they are in the outbox, otherwise 1.
        ALTER TABLE messages ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;

        -- The serialized content: of replies, and of our own rows of the other kinds.
        ALTER TABLE messages ADD COLUMN content BLOB;

        -- The position of the message that is quoted or changed.
        ALTER TABLE messages ADD COLUMN target INTEGER;
        CREATE INDEX messages_target ON messages (target) WHERE target IS NOT NULL;
        CREATE INDEX messages_changes ON messages (peer, position) WHERE kind > 0;
        CREATE INDEX messages_our_changes ON messages (target, kind) WHERE outgoing = 1 AND kind > 0;

        -- Set by later changes. A removed message is deleted for everyone, and has no text. Our reaction is empty if we
        -- have taken it back.
        ALTER TABLE messages ADD COLUMN edited_at INTEGER;
        ALTER TABLE messages ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE messages ADD COLUMN our_reaction TEXT;
        ALTER TABLE messages ADD COLUMN their_reaction TEXT;

        -- The earlier versions of edited messages, and when each was sent.
        CREATE TABLE versions (
          message INTEGER NOT NULL REFERENCES messages (position),
          number INTEGER NOT NULL,
          sent_at INTEGER NOT NULL,
          text TEXT NOT NULL,
          PRIMARY KEY (message, number)
        ) STRICT;

        -- The positions of edited messages whose new text is not indexed yet.
        CREATE TABLE unindexed (position INTEGER PRIMARY KEY) STRICT;

        -- When all messages of an epoch below next had been: 0 delivered, 1 read by the other user, 2 received by us.
        -- Unknown (null) for messages from before this version.
        CREATE TABLE times (
          peer INTEGER NOT NULL REFERENCES peers (id),
          kind INTEGER NOT NULL,
          epoch INTEGER NOT NULL,
          next INTEGER NOT NULL,
          at INTEGER,
          PRIMARY KEY (peer, kind, epoch, next)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO times SELECT id, 0, epoch, base, NULL FROM peers
          UNION SELECT peer, 1, epoch, next, NULL FROM read_marks
          UNION SELECT id, 2, their_epoch, their_next, NULL FROM peers WHERE their_epoch <> 0;

        -- The other peer's features: see PeerFeatures.
        ALTER TABLE peers ADD COLUMN features INTEGER NOT NULL DEFAULT 0;

        -- As before, but not for a message that only changes another.
        DROP TRIGGER messages_unarchive;
        CREATE TRIGGER messages_unarchive AFTER INSERT ON messages WHEN new.outgoing = 0 AND new.kind = 0 BEGIN
          UPDATE chat_marks SET archived = 0
            WHERE archived = 1 AND muted = 0 AND name = (SELECT username FROM peers WHERE id = new.peer);
        END;
        """;
}
