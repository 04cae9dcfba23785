namespace P2PChat.Node.Storage;

/// <summary>The migration of <see cref="StoreSchema"/> to version 14. Once released, it is never changed.</summary>
internal static class FileMigration
{
    public const string Sql = """
        -- See FileTransfer. The id is that of the message with the offer, and offer is its serialized content without
        -- the preview. For our own files, leaves are the hashes of the leaves; their row is written before the message
        -- is queued. The row of the other side's offer is written with its message. ended_told: whether the other side
        -- knows the end. missing: whether a received file was not on the disk when it was last looked for. Such a file
        -- does not count.
        CREATE TABLE transfers (
          number INTEGER PRIMARY KEY,
          peer INTEGER NOT NULL REFERENCES peers (id),
          outgoing INTEGER NOT NULL,
          id BLOB NOT NULL,
          state INTEGER NOT NULL DEFAULT 0,
          problem INTEGER NOT NULL DEFAULT 0,
          offer BLOB NOT NULL,
          preview BLOB,
          size INTEGER NOT NULL,
          path TEXT,
          leaves BLOB,
          stamp INTEGER,
          ended_told INTEGER NOT NULL DEFAULT 0,
          missing INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE UNIQUE INDEX transfers_id ON transfers (peer, outgoing, id);
        CREATE INDEX transfers_open ON transfers (peer) WHERE state <= 2;
        CREATE INDEX transfers_untold ON transfers (peer) WHERE state > 2 AND ended_told = 0;
        CREATE INDEX transfers_received ON transfers (peer, size) WHERE outgoing = 0 AND state IN (1, 2, 3)
          AND missing = 0;

        -- The copies of files at the directory: see CopyState. Kept longer than the transfer, because a copy may have
        -- to be deleted after its message. place is its id at the directory; until when it is deleted there at the
        -- latest, NULL if nothing of it can be there; capability that of its upload, with which it is withdrawn.
        CREATE TABLE copies (
          number INTEGER PRIMARY KEY,
          peer INTEGER NOT NULL REFERENCES peers (id),
          outgoing INTEGER NOT NULL,
          id BLOB NOT NULL,
          place BLOB NOT NULL,
          state INTEGER NOT NULL,
          until INTEGER,
          problem INTEGER NOT NULL,
          capability BLOB
        ) STRICT;
        CREATE UNIQUE INDEX copies_id ON copies (peer, outgoing, id);

        -- The name of a file goes with its message: offer is empty then. The rest of the row stays until the other side
        -- knows the end, and as long as a received file is on the disk, because it counts. A transfer that is under
        -- way, or can still be accepted by the other side, stays until it has ended. An offer that waits for this user
        -- is declined.
        CREATE TRIGGER messages_removed_file AFTER UPDATE OF removed ON messages
          WHEN new.removed = 1 AND old.removed = 0 BEGIN
          UPDATE transfers SET offer = x'', preview = NULL, leaves = NULL
            WHERE peer = new.peer AND outgoing = new.outgoing AND id = new.id;
          DELETE FROM transfers WHERE peer = new.peer AND outgoing = 0 AND new.outgoing = 0 AND id = new.id
            AND (state <> 3 OR path IS NULL);
        END;
        CREATE TRIGGER messages_hidden_file AFTER UPDATE OF hidden ON messages
          WHEN new.hidden <> 0 AND old.hidden = 0 AND new.kind = 0 BEGIN
          UPDATE transfers SET state = 4
            WHERE peer = new.peer AND outgoing = 0 AND new.outgoing = 0 AND id = new.id AND state = 0;
          UPDATE transfers SET offer = x'', preview = NULL, leaves = NULL
            WHERE peer = new.peer AND outgoing = new.outgoing AND id = new.id AND state > 2;
          DELETE FROM transfers WHERE peer = new.peer AND outgoing = new.outgoing AND id = new.id
            AND state > 2 AND ended_told = 1 AND (outgoing = 1 OR state <> 3 OR path IS NULL);
        END;
        """;
}
