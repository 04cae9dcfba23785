using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage.Import;

/// <summary>
/// Moves the contacts, prekeys and settings of an older program, or of its backup, from files to tables. A crash
/// between the import and the deletion of the files is harmless: the next start only deletes them.
/// </summary>
internal static class FileImport
{
    /// <summary>The files, in the data directory.</summary>
    public static IReadOnlyList<string> FileNames { get; } =
    [ContactsFile.FileName, PrekeyFile.FileName, SettingsFile.FileName];

    /// <summary>Imports the files that are there, once, and deletes them.</summary>
    /// <exception cref="PeerStartException">
    /// A file is damaged or cannot be read. Nothing is imported or deleted.
    /// </exception>
    /// <exception cref="SqliteException">The imported data cannot be saved.</exception>
    public static void Run(StoreDatabase database, DataDirectory directory)
    {
        using (var connection = database.Connect())
        {
            if (connection.Scalar("SELECT 1 FROM meta WHERE key = 'files_imported'") is null)
            {
                using var transaction = connection.BeginTransaction();
                Import(connection, directory);
                _ = connection.Run("INSERT INTO meta VALUES ('files_imported', x'01')");
                transaction.Commit();
            }
        }

        Delete(directory);
    }

    private static void Import(SqliteConnection connection, DataDirectory directory)
    {
        if (directory.Read(ContactsFile.FileName) is { } contactsJson)
        {
            var (sequence, contacts) = ContactsFile.Parse(contactsJson, PathOf(directory, ContactsFile.FileName));
            ContactTable.Save(connection, contacts, sequence);
        }

        if (directory.Read(PrekeyFile.FileName) is { } prekeysJson)
        {
            _ = PrekeyTable.Replace(connection, PrekeyFile.Parse(prekeysJson, PathOf(directory, PrekeyFile.FileName)));
        }

        if (directory.Read(SettingsFile.FileName) is { } settingsJson)
        {
            foreach (var (name, value) in SettingsFile.Parse(settingsJson, PathOf(directory, SettingsFile.FileName)))
            {
                SettingTable.Save(connection, name, value);
            }
        }

        // An older program may have crashed before it pinned an accepted peer.
        foreach (
            var (name, key) in connection.ListSound(
                "SELECT id, username, peer_id FROM peers WHERE accepted AND NOT ephemeral ORDER BY id DESC",
                reader => (Username.Parse(reader.GetString(1)), PeerId.FromHash(reader.GetBytes(2))),
                damaged: _ => { }
            )
        )
        {
            ContactTable.Pin(connection, name, key);
        }
    }

    private static void Delete(DataDirectory directory)
    {
        var found = FileNames.Select(name => PathOf(directory, name)).Where(File.Exists).ToList();
        if (found.Count == 0)
        {
            return;
        }

        try
        {
            found.ForEach(File.Delete);
            UnixFiles.SyncDirectory(directory.FullPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DataDirectory.NotWritable(directory.FullPath, exception);
        }
    }

    private static string PathOf(DataDirectory directory, string name) => Path.Combine(directory.FullPath, name);
}
