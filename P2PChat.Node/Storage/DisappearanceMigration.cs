namespace P2PChat.Node.Storage;

/// <summary>The migration of <see cref="StoreSchema"/> to version 12. Once released, it is never changed.</summary>
internal static class DisappearanceMigration
{
    public const string Sql = """
        -- Messages that disappear, and after how many seconds. Those begin when the user has read the message, or when
        -- one of ours is delivered: then this peer's clock, its running time, and the directory's clock, if it was
        -- known, in milliseconds.
        CREATE TABLE disappearing (
          message INTEGER PRIMARY KEY REFERENCES messages (position),
          seconds INTEGER NOT NULL,
          began_own INTEGER,
          began_ran INTEGER,
          began_directory INTEGER
        ) STRICT;
        CREATE INDEX disappearing_waiting ON disappearing (message) WHERE began_own IS NULL;

        -- The last timer that each side has set: see ConversationTimer.
        CREATE TABLE timers (
          peer INTEGER NOT NULL REFERENCES peers (id),
          outgoing INTEGER NOT NULL,
          id BLOB NOT NULL,
          content BLOB NOT NULL,
          PRIMARY KEY (peer, outgoing)
        ) STRICT, WITHOUT ROWID;

        -- Their own index, so that it is small enough to be rewritten when messages disappear: an index keeps the words
        -- of deleted rows until then.
        CREATE VIRTUAL TABLE disappearing_words
          USING fts5 (text, content='', contentless_delete=1, tokenize='ascii');
        DROP TRIGGER words_update;
        CREATE TRIGGER words_update AFTER UPDATE OF text ON messages
        WHEN old.text <> new.text AND old.position <= (SELECT up_to FROM searchable)
          AND old.position > (SELECT back_to FROM searchable) BEGIN
          DELETE FROM words WHERE rowid = old.position;
          DELETE FROM disappearing_words WHERE rowid = old.position;
        END;
        """;
}
