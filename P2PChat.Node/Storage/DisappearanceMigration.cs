namespace P2PChat.Node.Storage;

/// <summary>The migration of <see cref="StoreSchema"/> to version 12. Once released, it is never changed.</summary>
internal static class DisappearanceMigration
{
    public const string Sql = """
        -- Messages that disappear, and how many seconds they stay. These begin when the user has read the message, or
        -- when one of ours is delivered: then this peer's clock, its running time, and the directory's clock, once it
        -- is known, in milliseconds. A message that has disappeared has no row, and removed is 2.
        CREATE TABLE disappearing (
          message INTEGER PRIMARY KEY REFERENCES messages (position),
          seconds INTEGER NOT NULL,
          began_own INTEGER,
          began_ran INTEGER,
          began_directory INTEGER
        ) STRICT;
        CREATE INDEX disappearing_waiting ON disappearing (message) WHERE began_own IS NULL;
        CREATE INDEX disappearing_undated ON disappearing (began_ran)
          WHERE began_own IS NOT NULL AND began_directory IS NULL;
        CREATE INDEX disappearing_ran ON disappearing (began_ran + seconds * 1000) WHERE began_own IS NOT NULL;
        CREATE INDEX disappearing_directory ON disappearing (began_directory + seconds * 1000)
          WHERE began_own IS NOT NULL;

        -- The lines that say that a timer was set: see ConversationTimer.
        CREATE INDEX messages_timers ON messages (peer, outgoing, position) WHERE kind = 4;

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
