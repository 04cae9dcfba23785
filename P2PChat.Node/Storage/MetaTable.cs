using System.Buffers.Binary;

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
            _ = connection.Run(
                "INSERT INTO meta VALUES ('ran', $ran) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                ("$ran", value)
            );
        });
}
