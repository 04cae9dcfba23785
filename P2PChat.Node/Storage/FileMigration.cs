namespace P2PChat.Node.Storage;

/// <summary>The migration of <see cref="StoreSchema"/> to version 12. Once released, it is never changed.</summary>
internal static class FileMigration
{
    public const string Sql = """
        -- See FileTransfer. The id is that of the message with the offer, and offer is its serialized content. For our
        -- own files, leaves are the hashes of the leaves; their row is written before the message is queued.
        CREATE TABLE transfers (
          number INTEGER PRIMARY KEY,
          peer INTEGER NOT NULL REFERENCES peers (id),
          outgoing INTEGER NOT NULL,
          id BLOB NOT NULL,
          state INTEGER NOT NULL DEFAULT 0,
          problem INTEGER NOT NULL DEFAULT 0,
          offer BLOB NOT NULL,
          path TEXT,
          leaves BLOB
        ) STRICT;
        CREATE UNIQUE INDEX transfers_id ON transfers (peer, outgoing, id);

        -- The copies of files at the directory: see CopyState. Kept longer than the transfer, because a copy may have to
        -- be deleted after its message. place is its id at the directory, until when it is deleted there.
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

        -- In the transaction that stores the message. 0x32 is the tag of file_offer, with which its content begins.
        CREATE TRIGGER messages_offer AFTER INSERT ON messages
          WHEN new.outgoing = 0 AND new.kind = 0 AND new.content IS NOT NULL AND substr(new.content, 1, 1) = x'32' BEGIN
          INSERT OR IGNORE INTO transfers (peer, outgoing, id, offer)
            VALUES (new.peer, 0, new.id, new.content);
        END;
        """;
}
