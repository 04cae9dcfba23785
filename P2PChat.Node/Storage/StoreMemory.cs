using System.Globalization;
using Microsoft.Data.Sqlite;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>
/// A store that ends with its process, in the memory of that alone: nothing of it is ever on a disk, however the process ends.
/// </summary>
internal sealed class StoreMemory : StoreDatabase
{
    /// <summary>How much it holds: 512 MiB, which are about a million short messages.</summary>
    public const int DefaultMaxPages = 512 * 1024 * 1024 / PageBytes;

    private const int PageBytes = 4096;

    // What is read is copied from memory to memory, so there is little to be won by keeping pages.
    private const int CacheKibibytes = 1024;

    // One at a time: whom SQLite itself keeps out of a database in memory it tells to ask again later, and beside a writer with
    // little time in between such a one would ask for long.
    private readonly Lock _gate = new();
    private readonly string _connectionString;
    private readonly int _maxPages;

    // The database lives as long as somebody is connected.
    private readonly SqliteConnection _keeper;
    private bool _ended;

    /// <param name="maxPages">How much it holds, in pages of 4,096 bytes.</param>
    public StoreMemory(PeerId self, int maxPages = DefaultMaxPages)
    {
        _maxPages = maxPages;
        // A name that begins with a slash is known to all connections of this process (https://sqlite.org/src/file/src/memdb.c).
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
            ObjectDisposedException.ThrowIf(_ended, this);
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
            _ended = true;
            _keeper.Dispose();
            SqliteConnection.ClearPool(_keeper);
        }
    }
}
