using System.Buffers.Binary;
using System.Text;
using Microsoft.Data.Sqlite;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The <c>meta</c> table: single values of this peer. Thread-safe.</summary>
internal sealed class MetaTable(StoreDatabase database, StoreWriter writer)
{
    // A century in milliseconds. No peer has run longer, so a larger value is damaged.
    private const long MaxRunningTime = 100L * 366 * 24 * 3600 * 1000;

    /// <summary>Loads this peer's running time as last saved.</summary>
    /// <exception cref="StoreException">The value cannot be read.</exception>
    public TimeSpan LoadRunningTime() =>
        database.Read(connection => connection.Scalar("SELECT value FROM meta WHERE key = 'ran'"))
            is byte[] { Length: sizeof(long) } saved
        && BinaryPrimitives.ReadInt64BigEndian(saved) is >= 0 and < MaxRunningTime and var milliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : TimeSpan.Zero;

    /// <summary>Saves this peer's running time.</summary>
    /// <exception cref="StoreException">The value cannot be saved.</exception>
    public Task SaveRunningTimeAsync(TimeSpan time) =>
        writer.CallAsync(connection =>
        {
            var value = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(value, (long)time.TotalMilliseconds);
            Set(connection, "ran", value);
        });

    /// <summary>Loads what the store says about its peer.</summary>
    /// <exception cref="StoreException">The values cannot be read.</exception>
    public StoredPeer? LoadPeer() => database.Read(StoredPeer.Read);

    /// <summary>Saves the directory in which this peer is registered, for the next start.</summary>
    /// <exception cref="StoreException">The values cannot be saved.</exception>
    public Task SaveDirectoryAsync(string address, byte[] directoryId, Username name) =>
        writer.CallAsync(connection =>
        {
            Set(connection, StoredPeer.DirectoryKey, Encoding.UTF8.GetBytes(address));
            Set(connection, StoredPeer.DirectoryIdKey, directoryId);
            Set(connection, StoredPeer.NameKey, Encoding.UTF8.GetBytes(name.Value));
        });

    private static void Set(SqliteConnection connection, string key, byte[] value) =>
        _ = connection.Run(
            "INSERT INTO meta VALUES ($key, $value) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            ("$key", key),
            ("$value", value)
        );
}
