namespace P2PChat.Node.Storage;

/// <summary>
/// The migration of <see cref="StoreSchema"/> that adds profiles. Once released, it is never changed.
/// </summary>
internal static class ProfileMigration
{
    public const string Sql = """
        -- How this peer's user wants to be shown: at most one row. Empty for no name; NULL for no picture.
        CREATE TABLE own_profile (
          id INTEGER PRIMARY KEY CHECK (id = 1),
          version INTEGER NOT NULL,
          display_name TEXT NOT NULL,
          picture BLOB
        ) STRICT;

        -- How contacts want to be shown, by key: a contact's new key starts without a profile.
        CREATE TABLE profiles (
          peer_id BLOB PRIMARY KEY,
          version INTEGER NOT NULL,
          display_name TEXT NOT NULL,
          picture BLOB,
          received_at INTEGER NOT NULL
        ) STRICT;
        """;
}
