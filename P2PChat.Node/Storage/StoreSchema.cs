using Microsoft.Data.Sqlite;

namespace P2PChat.Node.Storage;

/// <summary>The tables, and the migrations from older versions.</summary>
internal static class StoreSchema
{
    /// <summary>Identifies the file among other SQLite files: "P2PC".</summary>
    public const int ApplicationId = 0x50325043;

    // Each runs once, in order; user_version counts them. A released migration is never changed.
    private static readonly string[] Migrations =
    [
        """
            CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

            -- The state of each conversation: see ConversationSnapshot.
            CREATE TABLE peers (
              id INTEGER PRIMARY KEY,
              peer_id BLOB NOT NULL UNIQUE,
              username TEXT,
              accepted INTEGER NOT NULL DEFAULT 0,
              paused INTEGER NOT NULL DEFAULT 0,
              they_asked INTEGER NOT NULL DEFAULT 0,
              epoch INTEGER NOT NULL,
              base INTEGER NOT NULL DEFAULT 1,
              read_by_them INTEGER NOT NULL DEFAULT 0,
              their_epoch INTEGER NOT NULL DEFAULT 0,
              their_next INTEGER NOT NULL DEFAULT 0,
              read_next INTEGER NOT NULL DEFAULT 0,
              ack_owed INTEGER NOT NULL DEFAULT 0
            ) STRICT;
            CREATE INDEX peers_username ON peers (username);

            -- In the order in which this peer sent or received them. A hidden message is deleted on this side; its row
            -- stays as long as its id must be known.
            CREATE TABLE messages (
              position INTEGER PRIMARY KEY AUTOINCREMENT,
              peer INTEGER NOT NULL REFERENCES peers (id),
              outgoing INTEGER NOT NULL,
              id BLOB NOT NULL,
              epoch INTEGER NOT NULL,
              sequence INTEGER NOT NULL,
              sent_at INTEGER NOT NULL,
              state INTEGER NOT NULL,
              hidden INTEGER NOT NULL DEFAULT 0,
              text TEXT NOT NULL
            ) STRICT;
            CREATE UNIQUE INDEX messages_id ON messages (peer, outgoing, id);
            CREATE INDEX messages_peer ON messages (peer, position) WHERE hidden = 0;

            -- Unacknowledged messages. A row without a message is a Skip.
            CREATE TABLE outbox (
              peer INTEGER NOT NULL REFERENCES peers (id),
              sequence INTEGER NOT NULL,
              message INTEGER REFERENCES messages (position),
              deposited INTEGER NOT NULL DEFAULT 0,
              trace TEXT,
              PRIMARY KEY (peer, sequence)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX outbox_message ON outbox (message);

            -- The position up to which the other side has read, in each of our epochs.
            CREATE TABLE read_marks (
              peer INTEGER NOT NULL REFERENCES peers (id),
              epoch INTEGER NOT NULL,
              next INTEGER NOT NULL,
              PRIMARY KEY (peer, epoch)
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE idempotency (
              number INTEGER PRIMARY KEY AUTOINCREMENT,
              peer INTEGER NOT NULL REFERENCES peers (id),
              key TEXT NOT NULL,
              text_hash BLOB NOT NULL,
              id BLOB NOT NULL,
              sent_at INTEGER NOT NULL,
              UNIQUE (peer, key)
            ) STRICT;

            CREATE VIRTUAL TABLE words USING fts5 (text, content='messages', content_rowid='position',
              tokenize='unicode61');
            CREATE TRIGGER words_insert AFTER INSERT ON messages BEGIN
              INSERT INTO words (rowid, text) VALUES (new.position, new.text);
            END;
            CREATE TRIGGER words_update AFTER UPDATE OF text ON messages BEGIN
              INSERT INTO words (words, rowid, text) VALUES ('delete', old.position, old.text);
              INSERT INTO words (rowid, text) VALUES (new.position, new.text);
            END;
            """,
        """
            -- The capabilities that let the other peer deposit mail here, and this peer there.
            ALTER TABLE peers ADD COLUMN capability BLOB;
            ALTER TABLE peers ADD COLUMN their_capability BLOB;

            -- Capabilities of former contacts, until the directory no longer accepts them.
            CREATE TABLE revoked (capability BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
            """,
        """
            -- A message is one row now, written once. Our messages from base to next are the outbox; those below base
            -- are delivered, and those below sent_next have been sent.
            ALTER TABLE peers ADD COLUMN next INTEGER NOT NULL DEFAULT 1;
            ALTER TABLE peers ADD COLUMN sent_next INTEGER NOT NULL DEFAULT 0;
            UPDATE peers SET next = base + (SELECT count(*) FROM outbox o WHERE o.peer = peers.id);

            -- A state below 2 is the message's state when it was queued. Hidden is 2 if the message is deleted on this
            -- side and still in the outbox. Rows are never deleted, so a position is never reused.
            CREATE TABLE messages_once (
              position INTEGER PRIMARY KEY,
              peer INTEGER NOT NULL REFERENCES peers (id),
              outgoing INTEGER NOT NULL,
              id BLOB NOT NULL,
              epoch INTEGER NOT NULL,
              sequence INTEGER NOT NULL,
              sent_at INTEGER NOT NULL,
              state INTEGER NOT NULL,
              hidden INTEGER NOT NULL DEFAULT 0,
              deposited INTEGER NOT NULL DEFAULT 0,
              trace TEXT,
              text TEXT NOT NULL
            ) STRICT;
            INSERT INTO messages_once (position, peer, outgoing, id, epoch, sequence, sent_at, state, hidden,
              deposited, trace, text)
            SELECT m.position, m.peer, m.outgoing, m.id, m.epoch, m.sequence, m.sent_at, m.state,
              iif(m.hidden AND o.sequence IS NOT NULL, 2, m.hidden), coalesce(o.deposited, 0), o.trace, m.text
            FROM messages m JOIN peers p ON p.id = m.peer
            LEFT JOIN outbox o ON o.peer = m.peer AND m.outgoing AND m.epoch = p.epoch
              AND o.sequence = m.sequence ORDER BY m.position;
            DROP TABLE outbox;
            DROP TABLE messages;
            ALTER TABLE messages_once RENAME TO messages;
            CREATE UNIQUE INDEX messages_id ON messages (peer, outgoing, id);
            CREATE INDEX messages_peer ON messages (peer, outgoing, position) WHERE hidden = 0;
            CREATE INDEX messages_leaving ON messages (peer, position) WHERE hidden = 2;

            -- Messages are indexed later, many at a time, and are searchable up to this position.
            CREATE TABLE searchable (up_to INTEGER NOT NULL) STRICT;
            INSERT INTO searchable SELECT coalesce(max(position), 0) FROM messages;
            CREATE TRIGGER words_update AFTER UPDATE OF text ON messages
            WHEN old.text <> new.text AND old.position <= (SELECT up_to FROM searchable) BEGIN
              INSERT INTO words (words, rowid, text) VALUES ('delete', old.position, old.text);
              INSERT INTO words (rowid, text) VALUES (new.position, new.text);
            END;
            """,
        """
            -- When a message of ours was queued, in milliseconds: the directory's time, and this peer's running time.
            -- For older messages the running time counts from this version on.
            ALTER TABLE messages ADD COLUMN queued_directory INTEGER;
            ALTER TABLE messages ADD COLUMN queued_ran INTEGER NOT NULL DEFAULT 0;

            -- For an abandoned message (state 8): whether its Skip has been sent.
            ALTER TABLE messages ADD COLUMN skip_sent INTEGER NOT NULL DEFAULT 0;
            """,
        // The search index of folded tokens: decision 0026.
        """
            -- The index holds the tokens of SearchText, which SQLite only splits at spaces. SQL cannot make them, so
            -- messages are indexed later, newest first. Messages above back_to and up to up_to are indexed.
            DROP TRIGGER words_update;
            DROP TABLE words;
            CREATE VIRTUAL TABLE words USING fts5 (text, content='', contentless_delete=1, tokenize='ascii');
            ALTER TABLE searchable ADD COLUMN back_to INTEGER NOT NULL DEFAULT 0;
            UPDATE searchable SET back_to = up_to;
            CREATE TRIGGER words_update AFTER UPDATE OF text ON messages
            WHEN old.text <> new.text AND old.position <= (SELECT up_to FROM searchable)
              AND old.position > (SELECT back_to FROM searchable) BEGIN
              DELETE FROM words WHERE rowid = old.position;
            END;
            """,
        """
            -- These columns show whether one side is an older copy of itself: see ItemChecksum, whose start is the
            -- default, and ConversationSnapshot.Acknowledged. Messages received before this version have no checksum.
            ALTER TABLE peers ADD COLUMN checksum INTEGER NOT NULL DEFAULT -3750763034362895579;
            ALTER TABLE peers ADD COLUMN their_checksum INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE peers ADD COLUMN acknowledged_epoch INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE peers ADD COLUMN acknowledged_next INTEGER NOT NULL DEFAULT 0;
            UPDATE peers SET acknowledged_epoch = epoch, acknowledged_next = base WHERE base > 1;

            -- The position up to which this side has all messages, if it has lost some that it acknowledged: see
            -- ConversationSnapshot.TheirKept.
            ALTER TABLE peers ADD COLUMN their_kept_epoch INTEGER;
            ALTER TABLE peers ADD COLUMN their_kept_next INTEGER;

            -- How far this side has received each earlier epoch of the other side: see PastEpochs, which keeps as many.
            -- The user had read all below read_next when the next epoch began; the rest stays unread until a later
            -- read.
            CREATE TABLE past_epochs (
              peer INTEGER NOT NULL REFERENCES peers (id),
              epoch INTEGER NOT NULL,
              next INTEGER NOT NULL,
              read_next INTEGER NOT NULL,
              PRIMARY KEY (peer, epoch)
            ) STRICT, WITHOUT ROWID;
            CREATE TRIGGER peers_their_epoch AFTER UPDATE OF their_epoch ON peers
              WHEN new.their_epoch <> old.their_epoch BEGIN
              DELETE FROM past_epochs WHERE peer = new.id AND epoch >= new.their_epoch;
              INSERT INTO past_epochs
                SELECT old.id, ifnull(old.their_kept_epoch, old.their_epoch), ifnull(old.their_kept_next,
                  old.their_next), old.read_next
                WHERE ifnull(old.their_kept_epoch, old.their_epoch) < new.their_epoch AND NOT EXISTS
                  (SELECT 1 FROM past_epochs WHERE peer = old.id AND epoch >= ifnull(old.their_kept_epoch,
                    old.their_epoch));
              DELETE FROM past_epochs WHERE peer = new.id
                AND epoch NOT IN (SELECT epoch FROM past_epochs WHERE peer = new.id ORDER BY epoch DESC LIMIT 16);
            END;
            """,
        """
            -- A peer without a data directory: its key lives no longer than its process, and is not pinned.
            ALTER TABLE peers ADD COLUMN ephemeral INTEGER NOT NULL DEFAULT 0;
            """,
        """
            -- Before this version these were files in the data directory: see FileImport. A contact without peer_id has
            -- lost its pin in an older program. other_keys are ids of 32 bytes, newest last.
            CREATE TABLE contacts (
              name TEXT PRIMARY KEY,
              peer_id BLOB,
              sequence INTEGER NOT NULL DEFAULT 0,
              nickname TEXT,
              verified INTEGER NOT NULL DEFAULT 0,
              blocked INTEGER NOT NULL DEFAULT 0,
              stranger INTEGER NOT NULL DEFAULT 0,
              other_keys BLOB NOT NULL DEFAULT x''
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE prekeys (
              id INTEGER PRIMARY KEY,
              created INTEGER NOT NULL,
              replaced_at INTEGER,
              private_key BLOB NOT NULL
            ) STRICT;
            CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
            """,
        InviteMigration.Sql,
        MarkMigration.Sql,
        ContentMigration.Sql,
        DisappearanceMigration.Sql,
        ProfileMigration.Sql,
        FileMigration.Sql,
        RoomMigration.Sql,
        RoomDetailMigration.Sql,
    ];

    public static int Version => Migrations.Length;

    /// <summary>Migrates from one version to another.</summary>
    /// <exception cref="SqliteException">The file is damaged, or the disk is full.</exception>
    public static void Migrate(SqliteConnection connection, int from, int to)
    {
        for (var version = from; version < to; version++)
        {
            // SQLite's header is part of the transaction.
            Execute(connection, $"BEGIN IMMEDIATE; {Migrations[version]} PRAGMA user_version = {version + 1}; COMMIT;");
        }
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // It never holds input.
        command.CommandText = sql;
#pragma warning restore CA2100
        _ = command.ExecuteNonQuery();
    }
}
