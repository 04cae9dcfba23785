using Microsoft.Data.Sqlite;

namespace P2PChat.Discovery.Storage.Sqlite;

/// <summary>The tables of <c>directory.db</c>. Times are Unix times in milliseconds.</summary>
internal static class SqliteSchema
{
    /// <summary>"P2PD" in ASCII, in the file's header.</summary>
    public const int ApplicationId = 0x50325044;

    // Each entry migrates to the next version. Never change one that has been released; append another.
    private static readonly string[] Migrations =
    [
        """
            CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

            -- While a lease lasts, ends is its end, otherwise the end of the claim.
            CREATE TABLE claims (
              name TEXT PRIMARY KEY,
              peer_id TEXT NOT NULL,
              claimant TEXT NOT NULL,
              sequence INTEGER NOT NULL,
              ephemeral INTEGER NOT NULL,
              unlisted INTEGER NOT NULL,
              takes_requests INTEGER NOT NULL,
              token_hash TEXT NOT NULL,
              online INTEGER NOT NULL,
              ends INTEGER NOT NULL,
              last_seen INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX claims_ends ON claims (online, ends);
            CREATE INDEX claims_claimant ON claims (claimant);

            CREATE TABLE records (
              name TEXT PRIMARY KEY,
              record BLOB NOT NULL,
              signature BLOB NOT NULL,
              public_key BLOB NOT NULL
            ) STRICT;

            CREATE TABLE events (
              number INTEGER PRIMARY KEY,
              kind TEXT NOT NULL,
              name TEXT NOT NULL,
              peer_id TEXT NOT NULL,
              reason TEXT NOT NULL,
              sequence INTEGER NOT NULL,
              unlisted INTEGER NOT NULL
            ) STRICT;

            CREATE TABLE capabilities (
              name TEXT NOT NULL,
              hash TEXT NOT NULL,
              PRIMARY KEY (name, hash)
            ) STRICT, WITHOUT ROWID;

            -- The names that have received mail or requests, with the size of the mail and the number of the newest.
            CREATE TABLE mailboxes (
              name TEXT PRIMARY KEY,
              bytes INTEGER NOT NULL,
              newest INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX mailboxes_newest ON mailboxes (newest);

            CREATE TABLE envelopes (
              name TEXT NOT NULL,
              id TEXT NOT NULL,
              capability TEXT NOT NULL,
              size INTEGER NOT NULL,
              expires INTEGER NOT NULL,
              envelope BLOB NOT NULL
            ) STRICT;
            CREATE UNIQUE INDEX envelopes_id ON envelopes (name, id);
            CREATE INDEX envelopes_usage ON envelopes (name, capability, size);
            CREATE INDEX envelopes_expires ON envelopes (expires);
            CREATE TRIGGER envelopes_added AFTER INSERT ON envelopes BEGIN
              UPDATE mailboxes SET bytes = bytes + new.size WHERE name = new.name;
            END;
            CREATE TRIGGER envelopes_deleted AFTER DELETE ON envelopes BEGIN
              UPDATE mailboxes SET bytes = bytes - old.size WHERE name = old.name;
            END;

            CREATE TABLE requests (
              name TEXT NOT NULL,
              sender TEXT NOT NULL,
              id TEXT NOT NULL,
              expires INTEGER NOT NULL,
              envelope BLOB NOT NULL,
              PRIMARY KEY (name, sender)
            ) STRICT;
            CREATE INDEX requests_expires ON requests (expires);
            -- An owner is "i:<PeerId>" or "a:<claimant>".
            CREATE TABLE request_counts (
              owner TEXT PRIMARY KEY,
              number INTEGER NOT NULL,
              ends INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX request_counts_ends ON request_counts (ends);

            -- A code expires at a wall time, and ends by the store's clock.
            CREATE TABLE codes (
              hash TEXT PRIMARY KEY,
              maker TEXT NOT NULL,
              claimant TEXT NOT NULL,
              uses INTEGER NOT NULL,
              expires INTEGER NOT NULL,
              ends INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX codes_maker ON codes (maker, ends);
            CREATE INDEX codes_claimant ON codes (claimant, ends);
            CREATE INDEX codes_ends ON codes (ends);
            CREATE TABLE code_uses (
              hash TEXT NOT NULL,
              peer_id TEXT NOT NULL,
              state INTEGER NOT NULL,
              reserved_until INTEGER NOT NULL,
              PRIMARY KEY (hash, peer_id)
            ) STRICT, WITHOUT ROWID;

            -- Usernames are separated by spaces; code is the hash of the code that the key used.
            CREATE TABLE members (
              peer_id TEXT PRIMARY KEY,
              usernames TEXT NOT NULL,
              invited_by TEXT NOT NULL,
              code TEXT NOT NULL,
              joined INTEGER NOT NULL,
              seen INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX members_seen ON members (seen);
            """,
        """
            -- The address of the registration, while there is a lease and the record publishes it; otherwise empty.
            ALTER TABLE claims ADD COLUMN observed TEXT NOT NULL DEFAULT '';
            """,
        """
            -- The files that wait for a name, or are being uploaded; their bytes are in Directory:Files:Folder.
            CREATE TABLE files (
              name TEXT NOT NULL,
              id TEXT NOT NULL,
              blob TEXT NOT NULL,
              capability TEXT NOT NULL,
              size INTEGER NOT NULL,
              digest TEXT NOT NULL,
              kept INTEGER NOT NULL,
              expires INTEGER NOT NULL,
              PRIMARY KEY (name, id)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX files_expires ON files (kept, expires);

            -- What is or may be in the folder, and whose quotas it uses. The bytes of a gone one are to be deleted.
            CREATE TABLE blobs (
              blob TEXT PRIMARY KEY,
              name TEXT NOT NULL,
              capability TEXT NOT NULL,
              claimant TEXT NOT NULL,
              charge INTEGER NOT NULL,
              gone INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX blobs_name ON blobs (name, capability, charge);
            CREATE INDEX blobs_claimant ON blobs (claimant, charge);
            CREATE INDEX blobs_gone ON blobs (gone) WHERE gone = 1;
            CREATE TABLE blob_total (bytes INTEGER NOT NULL) STRICT;
            INSERT INTO blob_total VALUES (0);
            CREATE TRIGGER files_deleted AFTER DELETE ON files BEGIN
              UPDATE blobs SET gone = 1 WHERE blob = old.blob;
            END;
            CREATE TRIGGER blobs_added AFTER INSERT ON blobs BEGIN
              UPDATE blob_total SET bytes = bytes + new.charge;
            END;
            CREATE TRIGGER blobs_deleted AFTER DELETE ON blobs BEGIN
              UPDATE blob_total SET bytes = bytes - old.charge;
            END;
            """,
    ];

    public static int Version => Migrations.Length;

    /// <summary>Migrates from one version to the newest.</summary>
    /// <exception cref="SqliteException">The file is damaged, or the disk is full.</exception>
    public static void Migrate(SqliteConnection connection, int from)
    {
        for (var version = from; version < Version; version++)
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
