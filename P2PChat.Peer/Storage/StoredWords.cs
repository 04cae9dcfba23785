using Microsoft.Data.Sqlite;

namespace P2PChat.Peer.Storage;

/// <summary>
/// Makes messages' words known to the full-text search: many at a time, for one by one they cost more than the messages. The
/// writer's own: not thread-safe.
/// </summary>
internal sealed class StoredWords : IDisposable
{
    /// <summary>Messages at a time; whoever looks for something waits for about so many.</summary>
    public const int Batch = 4096;

    private readonly StoreStatement _last;
    private readonly StoreStatement _known;
    private readonly StoreStatement _index;
    private readonly StoreStatement _note;

    /// <exception cref="SqliteException">The file is damaged.</exception>
    public StoredWords(SqliteConnection connection)
    {
        _last = new StoreStatement(connection.Handle!, "SELECT max(position) FROM messages");
        _known = new StoreStatement(connection.Handle!, "SELECT up_to FROM searchable");
        _index = new StoreStatement(
            connection.Handle!, "INSERT INTO words (rowid, text) SELECT position, text FROM messages WHERE position > ?1 AND position <= ?2");
        _note = new StoreStatement(connection.Handle!, "UPDATE searchable SET up_to = ?1");
    }

    /// <summary>About how many messages are not known to the search.</summary>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public long Behind => _last.Find() - _known.Find();

    /// <summary>Looks at the next ones, within the caller's transaction.</summary>
    /// <returns>Whether there are more.</returns>
    /// <exception cref="SqliteException">It cannot be kept.</exception>
    public bool IndexSome()
    {
        var (last, known) = (_last.Find(), _known.Find());
        var to = Math.Min(last, known + Batch);
        if (to > known)
        {
            _ = _index.Bind(1, known).Bind(2, to).Run();
            _ = _note.Bind(1, to).Run();
        }

        return to < last;
    }

    public void Dispose()
    {
        _last.Dispose();
        _known.Dispose();
        _index.Dispose();
        _note.Dispose();
    }
}
