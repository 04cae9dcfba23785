using System.Globalization;
using Microsoft.Data.Sqlite;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>
/// A store in the memory of the process. None of it is ever on disk.
/// </summary>
internal sealed class StoreMemory : StoreDatabase
{
    /// <summary>The default capacity, 512 MiB: about a million short messages.</summary>
    public const int DefaultMaxPages = 512 * 1024 * 1024 / PageBytes;

    private const int PageBytes = 4096;

    // Reads copy from memory to memory, so a page cache gains little.
    private const int CacheKibibytes = 1024;

    // One connection at a time. A database in memory has no waiting for locks, so a reader would poll, and starve next
    // to a busy writer.
    private readonly Lock _gate = new();
    private readonly string _connectionString;
    private readonly int _maxPages;

    // The database lives as long as a connection is open.
    private readonly SqliteConnection _keeper;
    private bool _isDisposed;

    /// <param name="maxPages">The capacity in pages of 4,096 bytes.</param>
    public StoreMemory(PeerId self, int maxPages = DefaultMaxPages)
    {
        _maxPages = maxPages;
        // A name that begins with a slash is shared within the process (https://sqlite.org/src/file/src/memdb.c).
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = $"file:/{Guid.NewGuid():N}?vfs=memdb",
            ForeignKeys = true,
        }.ToString();
        _keeper = Connect();
        StoreSchema.Execute(_keeper, $"PRAGMA page_size = {PageBytes};");
        StoreSchema.Migrate(_keeper, 0, StoreSchema.Version);
        SaveOwner(_keeper, self.Bytes);
    }

    public override bool IsTemporary => true;

    public override SqliteConnection Connect() =>
        Open(
            _connectionString,
            string.Create(
                CultureInfo.InvariantCulture,
                $"PRAGMA cache_size = -{CacheKibibytes}; PRAGMA max_page_count = {_maxPages};"
            )
        );

    protected override T ReadCommitted<T>(Func<SqliteConnection, T> read)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return base.ReadCommitted(read);
        }
    }

    public override void Write(Action transact)
    {
        lock (_gate)
        {
            transact();
        }
    }

    public override void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _keeper.Dispose();
            SqliteConnection.ClearPool(_keeper);
        }
    }
}
