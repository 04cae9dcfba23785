namespace P2PChat.Node.Storage;

/// <summary>The migration of <see cref="StoreSchema"/> to version 16. Once released, it is never changed.</summary>
internal static class RoomDetailMigration
{
    public const string Sql = """
        -- Whether the user has deleted the message, or the message that this edits, on this peer only.
        ALTER TABLE room_events ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;

        -- When it arrived, by this peer's clock, in milliseconds since 1970; NULL for events from before this version.
        ALTER TABLE room_events ADD COLUMN arrived_at INTEGER;

        -- The members of whose forks the user has been told, and has closed the notice.
        CREATE TABLE room_forks_seen (
          room INTEGER NOT NULL REFERENCES rooms (id),
          author BLOB NOT NULL,
          PRIMARY KEY (room, author)
        ) STRICT, WITHOUT ROWID;

        -- Abandoned messages (states above 3) with events of rooms kept the events, which no delete could reach.
        UPDATE messages SET content = NULL WHERE hidden = 2 AND kind = 7 AND state > 3;
        """;
}
