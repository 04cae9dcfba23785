namespace P2PChat.Node.Storage;

/// <summary>The migration of <see cref="StoreSchema"/> to version 14. Once released, it is never changed.</summary>
internal static class FileMigration
{
    public const string Sql = """
        -- See FileTransfer. The id is that of the message with the offer, and offer is its serialized content without
        -- the preview. For our own files, leaves are the hashes of the leaves; their row is written before the message
        -- is queued. The row of the other side's offer is written with its message.
        CREATE TABLE transfers (
          number INTEGER PRIMARY KEY,
          peer INTEGER NOT NULL REFERENCES peers (id),
          outgoing INTEGER NOT NULL,
          id BLOB NOT NULL,
          state INTEGER NOT NULL DEFAULT 0,
          problem INTEGER NOT NULL DEFAULT 0,
          offer BLOB NOT NULL,
          preview BLOB,
          path TEXT,
          leaves BLOB,
          stamp INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX transfers_id ON transfers (peer, outgoing, id);
        CREATE INDEX transfers_open ON transfers (peer) WHERE state <= 2;

        -- The copies of files at the directory: see CopyState. Kept longer than the transfer, because a copy may have
        -- to be deleted after its message. place is its id at the directory, until when it is deleted there.
        CREATE TABLE copies (
          number INTEGER PRIMARY KEY,
          peer INTEGER NOT NULL REFERENCES peers (id),
          outgoing INTEGER NOT NULL,
          id BLOB NOT NULL,
          place BLOB NOT NULL,
          state INTEGER NOT NULL,
          until INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX copies_id ON copies (peer, outgoing, id);

        -- The name of a file goes with its message. One that is under way, or can still be accepted by the other side,
        -- stays until it has ended.
        CREATE TRIGGER messages_removed_file AFTER UPDATE OF removed ON messages
          WHEN new.removed = 1 AND old.removed = 0 BEGIN
          DELETE FROM transfers WHERE peer = new.peer AND outgoing = new.outgoing AND id = new.id;
        END;
        CREATE TRIGGER messages_hidden_file AFTER UPDATE OF hidden ON messages
          WHEN new.hidden <> 0 AND old.hidden = 0 AND new.kind = 0 BEGIN
          DELETE FROM transfers WHERE peer = new.peer AND outgoing = new.outgoing AND id = new.id
            AND (state > 2 OR (state = 0 AND outgoing = 0));
        END;
        """;
}
