using System.Text;
using Microsoft.Data.Sqlite;
using P2PChat.Node.Storage.Search;
using SQLitePCL;

namespace P2PChat.Node.Storage;

/// <summary>
/// Indexes messages for the full-text search, many at a time, because one by one costs more than storing them.
/// New messages go first, then those of rooms, then edited ones, then older ones of a rebuilt index, newest first. Used
/// by the writer only; not thread-safe.
/// </summary>
internal sealed class SearchIndexer : IDisposable
{
    /// <summary>New messages per batch. A search waits for about one batch.</summary>
    public const int Batch = 4096;

    /// <summary>Older messages per batch. A write waits for at most one batch.</summary>
    public const int OlderBatch = 1024;

    /// <summary>Edited messages per batch. Each may have the longest text.</summary>
    public const int EditedBatch = 64;

    private readonly StoreStatement _last;
    private readonly StoreStatement _upTo;
    private readonly StoreStatement _backTo;
    private readonly StoreStatement _index;
    private readonly StoreStatement _disappears;
    private readonly StoreStatement _indexDisappearing;
    private readonly StoreStatement _edited;
    private readonly StoreStatement _noteEdited;
    private readonly StoreStatement _dropEdited;
    private readonly StoreStatement _indexEdited;
    private readonly StoreStatement _editedDisappears;
    private readonly StoreStatement _dropEditedDisappearing;
    private readonly StoreStatement _indexEditedDisappearing;
    private readonly StoreStatement _endEdited;
    private readonly StoreStatement _noteUpTo;
    private readonly StoreStatement _noteBackTo;
    private readonly SqliteConnection _connection;
    private readonly RoomIndexer _rooms;
    private readonly SearchText _text = new();

    /// <exception cref="SqliteException">The file is damaged.</exception>
    public SearchIndexer(SqliteConnection connection)
    {
        _connection = connection;
        _rooms = new RoomIndexer(connection);
        var database = connection.Handle!;
        _last = new StoreStatement(database, "SELECT max(position) FROM messages");
        _upTo = new StoreStatement(database, "SELECT up_to FROM searchable");
        _backTo = new StoreStatement(database, "SELECT back_to FROM searchable");
        _ = raw.sqlite3_create_function(
            database,
            "indexed",
            1,
            raw.SQLITE_UTF8 | raw.SQLITE_DETERMINISTIC,
            null,
            Indexed
        );
        // ASCII has as many characters as bytes, and FTS5 lower-cases and splits it as SearchText does.
        const string Rows = """
            (rowid, text) SELECT position, iif(length(text) = octet_length(text), text, indexed(text))
            FROM messages WHERE hidden = 0 AND kind = 0
            """;
        const string Disappears = "EXISTS (SELECT 1 FROM disappearing d WHERE d.message = position)";
        const string Insert = $"INSERT INTO words {Rows} AND NOT {Disappears}";
        const string InsertDisappearing = $"INSERT INTO disappearing_words {Rows} AND {Disappears}";
        const string Range = "AND position > ?1 AND position <= ?2 ORDER BY position";
        _index = new StoreStatement(database, $"{Insert} {Range}");
        _indexDisappearing = new StoreStatement(database, $"{InsertDisappearing} {Range}");
        _disappears = new StoreStatement(
            database,
            "SELECT EXISTS (SELECT 1 FROM disappearing WHERE message > ?1 AND message <= ?2)"
        );
        var batch = $"(SELECT position FROM unindexed ORDER BY position LIMIT {EditedBatch})";
        _edited = new StoreStatement(database, "SELECT EXISTS (SELECT 1 FROM unindexed)");
        // Others are indexed later, with their new text.
        _noteEdited = new StoreStatement(
            database,
            """
            INSERT OR IGNORE INTO unindexed
            SELECT ?1 FROM searchable WHERE ?1 <= up_to AND ?1 > back_to
            """
        );
        _dropEdited = new StoreStatement(database, $"DELETE FROM words WHERE rowid IN {batch}");
        _indexEdited = new StoreStatement(database, $"{Insert} AND position IN {batch} ORDER BY position");
        _editedDisappears = new StoreStatement(
            database,
            $"SELECT EXISTS (SELECT 1 FROM disappearing WHERE message IN {batch})"
        );
        _dropEditedDisappearing = new StoreStatement(
            database,
            $"DELETE FROM disappearing_words WHERE rowid IN {batch}"
        );
        _indexEditedDisappearing = new StoreStatement(
            database,
            $"{InsertDisappearing} AND position IN {batch} ORDER BY position"
        );
        _endEdited = new StoreStatement(database, $"DELETE FROM unindexed WHERE position IN {batch}");
        _noteUpTo = new StoreStatement(database, "UPDATE searchable SET up_to = ?1");
        _noteBackTo = new StoreStatement(database, "UPDATE searchable SET back_to = ?1");
    }

    /// <summary>The approximate number of messages that are not indexed, with those of rooms.</summary>
    /// <exception cref="SqliteException">The index cannot be read.</exception>
    public long Behind => BehindNewest + _backTo.Find() + _edited.Find();

    /// <summary>The approximate number of new messages that are not indexed.</summary>
    /// <exception cref="SqliteException">The index cannot be read.</exception>
    public long BehindNewest => _last.Find() - _upTo.Find() + _rooms.Behind;

    /// <summary>Whether older messages are not indexed yet.</summary>
    /// <exception cref="SqliteException">The index cannot be read.</exception>
    public static bool IsBehindInOlder(SqliteConnection connection) =>
        connection.List("SELECT back_to FROM searchable", reader => reader.GetInt64(0)) is [> 0];

    /// <summary>Indexes the next batch, within the caller's transaction.</summary>
    /// <returns>Whether there are more.</returns>
    /// <exception cref="SqliteException">The index cannot be saved.</exception>
    public bool IndexSome()
    {
        var (last, upTo, backTo) = (_last.Find(), _upTo.Find(), _backTo.Find());
        if (last > upTo)
        {
            var to = Math.Min(last, upTo + Batch);
            Index(upTo, to);
            _ = _noteUpTo.Bind(1, to).Run();
            return to < last || backTo > 0 || _edited.Find() > 0 || _rooms.Behind > 0;
        }

        if (_rooms.Behind > 0)
        {
            return _rooms.IndexSome() || backTo > 0 || _edited.Find() > 0;
        }

        if (_edited.Find() > 0)
        {
            IndexEdited();
            return backTo > 0 || _edited.Find() > 0;
        }

        if (backTo > 0)
        {
            var from = Math.Max(0, backTo - OlderBatch);
            Index(from, backTo);
            _ = _noteBackTo.Bind(1, from).Run();
            return from > 0;
        }

        return false;
    }

    /// <summary>
    /// Records, within the caller's transaction, that the text of a message is new. Until it is indexed, the message is
    /// not found.
    /// </summary>
    /// <exception cref="SqliteException">It cannot be saved.</exception>
    public void NoteEdited(long position) => _ = _noteEdited.Bind(1, position).Run();

    public void Dispose()
    {
        StoreStatement[] statements =
        [
            _last,
            _upTo,
            _backTo,
            _index,
            _disappears,
            _indexDisappearing,
            _edited,
            _noteEdited,
            _dropEdited,
            _indexEdited,
            _editedDisappears,
            _dropEditedDisappearing,
            _indexEditedDisappearing,
            _endEdited,
            _noteUpTo,
            _noteBackTo,
        ];
        foreach (var statement in statements)
        {
            statement.Dispose();
        }

        _rooms.Dispose();
    }

    private void Index(long after, long to)
    {
        // The index moves all its words as it grows, and has none of messages that disappear.
        StoreEraser.WithoutOverwriting(_connection, () => _index.Bind(1, after).Bind(2, to).Run());
        if (_disappears.Bind(1, after).Bind(2, to).Find() != 0)
        {
            _ = _indexDisappearing.Bind(1, after).Bind(2, to).Run();
        }
    }

    private void IndexEdited()
    {
        _ = _dropEdited.Run();
        StoreEraser.WithoutOverwriting(_connection, () => _indexEdited.Run());
        if (_editedDisappears.Find() != 0)
        {
            _ = _dropEditedDisappearing.Run();
            _ = _indexEditedDisappearing.Run();
        }

        _ = _endEdited.Run();
    }

    private void Indexed(sqlite3_context context, object data, sqlite3_value[] arguments)
    {
        _text.Read(Encoding.UTF8.GetString(raw.sqlite3_value_blob(arguments[0])));
        raw.sqlite3_result_text(context, _text.Indexed());
    }
}
