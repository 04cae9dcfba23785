namespace P2PChat.Node.Storage;

/// <summary>The migration of <see cref="StoreSchema"/> to version 10. Once released, it is never changed.</summary>
internal static class MarkMigration
{
    public const string Sql = """
        -- See ChatMarks. unread_from is a position in messages.
        CREATE TABLE chat_marks (
          name TEXT PRIMARY KEY,
          pinned INTEGER NOT NULL DEFAULT 0,
          archived INTEGER NOT NULL DEFAULT 0,
          muted INTEGER NOT NULL DEFAULT 0,
          unread_from INTEGER
        ) STRICT, WITHOUT ROWID;

        -- In the transaction that stores the message, so that no crash leaves an unread message in the archive.
        CREATE TRIGGER messages_unarchive AFTER INSERT ON messages WHEN new.outgoing = 0 BEGIN
          UPDATE chat_marks SET archived = 0
            WHERE archived = 1 AND muted = 0 AND name = (SELECT username FROM peers WHERE id = new.peer);
        END;
        """;
}
