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

            -- Where each conversation stands: see ConversationSnapshot.
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

            -- In the order in which this peer has sent or taken them. What is hidden is deleted for this person; the
            -- row stays as long as its id must be known.
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

            -- What is not acknowledged; a message that is null is a Skip.
            CREATE TABLE outbox (
              peer INTEGER NOT NULL REFERENCES peers (id),
              sequence INTEGER NOT NULL,
              message INTEGER REFERENCES messages (position),
              deposited INTEGER NOT NULL DEFAULT 0,
              trace TEXT,
              PRIMARY KEY (peer, sequence)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX outbox_message ON outbox (message);

            -- Up to where the other side has read, in each of our epochs.
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
            -- What lets the other leave mail for this peer, and this peer for the other.
            ALTER TABLE peers ADD COLUMN capability BLOB;
            ALTER TABLE peers ADD COLUMN their_capability BLOB;

            -- Given to those who are contacts no longer; until the directory has forgotten them.
            CREATE TABLE revoked (capability BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
            """,
        """
            -- A message is one row now, written once. The outbox are the messages of ours from base on, up to next;
            -- what is below base has been delivered, and what is below sent_next has been on its way.
            ALTER TABLE peers ADD COLUMN next INTEGER NOT NULL DEFAULT 1;
            ALTER TABLE peers ADD COLUMN sent_next INTEGER NOT NULL DEFAULT 0;
            UPDATE peers SET next = base + (SELECT count(*) FROM outbox o WHERE o.peer = peers.id);

            -- A state that is below 2 is what the message was when it was queued. Hidden is 2 where the row is deleted
            -- for this person and still in the outbox. Nothing is ever deleted from here, so a position is never used
            -- again.
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

            -- The words of messages are looked at later, many at a time: they are known up to this position.
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

            -- For a message given up (state 8): whether its Skip has been sent.
            ALTER TABLE messages ADD COLUMN skip_sent INTEGER NOT NULL DEFAULT 0;
            """,
        // The search index of folded tokens: decision 0026.
        """
            -- It holds the tokens of SearchText, which SQLite only splits at spaces. SQL cannot make them, so messages
            -- are indexed later, newest first. Messages above back_to and up to up_to are indexed.
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
            -- What shows that one side is an older copy of itself: see ItemChecksum, whose start is the default, and
            -- ConversationSnapshot.Acknowledged. What the other side has taken so far has no checksum.
            ALTER TABLE peers ADD COLUMN checksum INTEGER NOT NULL DEFAULT -3750763034362895579;
            ALTER TABLE peers ADD COLUMN their_checksum INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE peers ADD COLUMN acknowledged_epoch INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE peers ADD COLUMN acknowledged_next INTEGER NOT NULL DEFAULT 0;
            UPDATE peers SET acknowledged_epoch = epoch, acknowledged_next = base WHERE base > 1;

            -- Up to where this side has all, if it has lost what the other side relies on: see
            -- ConversationSnapshot.TheirKept.
            ALTER TABLE peers ADD COLUMN their_kept_epoch INTEGER;
            ALTER TABLE peers ADD COLUMN their_kept_next INTEGER;

            -- How far this side has each earlier epoch of the other side complete: see PastEpochs, which keeps as many.
            -- The person had read below read_next when the next epoch began; the rest stays unread until a later read.
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
            -- Until this version these were files of the data directory: see FileImport.
            -- A contact without peer_id has lost its pin in an older program. other_keys are ids of 32 bytes, newest
            -- last.
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
