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

            -- The names that have received mail, with the size of what waits and the number of the newest envelope.
            CREATE TABLE mailboxes (
              name TEXT PRIMARY KEY,
              bytes INTEGER NOT NULL,
              newest INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX mailboxes_newest ON mailboxes (newest);

            CREATE TABLE envelopes (
              number INTEGER PRIMARY KEY,
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
              INSERT INTO mailboxes VALUES (new.name, new.size, new.number)
                ON CONFLICT (name) DO UPDATE SET bytes = bytes + new.size, newest = new.number;
            END;
            CREATE TRIGGER envelopes_deleted AFTER DELETE ON envelopes BEGIN
              UPDATE mailboxes SET bytes = bytes - old.size WHERE name = old.name;
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
