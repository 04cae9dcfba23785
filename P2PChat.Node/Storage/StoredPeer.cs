using System.Text;
using Microsoft.Data.Sqlite;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The identity of a peer and its directory, from <c>peer.db</c>.</summary>
/// <param name="Name">The username of its last registration; null before the first.</param>
/// <param name="Directory">Address of the directory in which it last registered; null before the first time.</param>
/// <param name="DirectoryId">That directory's id; null with <paramref name="Directory"/>.</param>
public sealed record StoredPeer(PeerId Key, Username? Name, string? Directory, ReadOnlyMemory<byte>? DirectoryId)
{
    internal const string NameKey = "username";
    internal const string DirectoryKey = "directory";
    internal const string DirectoryIdKey = "directory-id";
    private const string IdentityKey = "identity";

    /// <summary>Reads it from a data directory, even while a peer runs there. Changes nothing.</summary>
    /// <returns>Null if there is no store, or it cannot be read; the peer's start reports the reason.</returns>
    public static StoredPeer? Read(string dataDirectory)
    {
        ArgumentNullException.ThrowIfNull(dataDirectory);
        var file = Path.Combine(dataDirectory, StoreFile.FileName);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            using var connection = new SqliteConnection(
                new SqliteConnectionStringBuilder
                {
                    DataSource = file,
                    Mode = SqliteOpenMode.ReadOnly,
                    Pooling = false,
                }.ToString()
            );
            connection.Open();
            return Read(connection);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or InvalidCastException)
        {
            return null;
        }
    }

    internal static StoredPeer? Read(SqliteConnection connection)
    {
        var values = connection
            .List("SELECT key, value FROM meta", reader =>
                KeyValuePair.Create(reader.GetString(0), reader.GetFieldValue<byte[]>(1))
            )
            .ToDictionary();
        return values.GetValueOrDefault(IdentityKey) is { Length: PeerId.Size } identity
            ? new StoredPeer(
                PeerId.FromHash(identity),
                Username.TryParse(Text(NameKey), out var name) ? name : null,
                Text(DirectoryKey),
                // A null array would convert to an empty id.
                values.TryGetValue(DirectoryIdKey, out var id)
                    ? id
                    : default(ReadOnlyMemory<byte>?)
            )
            : null;

        string? Text(string key) => values.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value) : null;
    }
}
