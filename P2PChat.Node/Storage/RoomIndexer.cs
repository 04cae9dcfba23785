using Microsoft.Data.Sqlite;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Storage;

/// <summary>
/// Indexes the texts of rooms for the full-text search, many at a time: see <see cref="SearchIndexer"/>, which
/// registers the function <c>indexed</c>. Used by the writer only; not thread-safe.
/// </summary>
internal sealed class RoomIndexer(SqliteConnection connection) : StatementSet(connection)
{
    /// <summary>Events per batch. Each may have the longest text.</summary>
    public const int Batch = 256;

    private StoreStatement? _last;
    private StoreStatement? _upTo;

    /// <summary>The approximate number of events that are not indexed.</summary>
    /// <exception cref="SqliteException">The index cannot be read.</exception>
    public long Behind => Last - UpTo;

    private long Last => (_last ??= Prepare("SELECT max(position) FROM room_events")).Find();

    private long UpTo => (_upTo ??= Prepare("SELECT up_to FROM room_searchable")).Find();

    /// <summary>The text under which an event is found; null if it has none.</summary>
    public static string? TextOf(RoomEvent roomEvent) =>
        RoomMessage.Of(roomEvent) is { Content: null or RoomContent.Reply or RoomContent.Edit } message
            ? message.Text
            : null;

    /// <summary>Indexes the next batch, within the caller's transaction.</summary>
    /// <returns>Whether there are more.</returns>
    /// <exception cref="SqliteException">The index cannot be saved.</exception>
    public bool IndexSome()
    {
        var (last, upTo) = (Last, UpTo);
        var rows = Connection.List(
            """
            SELECT position, header, body FROM room_events WHERE position > $after AND body IS NOT NULL
              ORDER BY position LIMIT $limit
            """,
            reader => (Position: reader.GetInt64(0), Text: TryRead(reader.GetBytes(1), reader.GetBytes(2))),
            ("$after", upTo),
            ("$limit", (long)Batch)
        );
        using var insert = Connection.Command(
            "INSERT INTO room_words (rowid, text) VALUES ($position, indexed($text))"
        );
        var (position, text) = (
            insert.Parameters.Add("$position", SqliteType.Integer),
            insert.Parameters.Add("$text", SqliteType.Text)
        );
        foreach (var row in rows.Where(row => row.Text is not null))
        {
            (position.Value, text.Value) = (row.Position, row.Text);
            _ = insert.ExecuteNonQuery();
        }

        var to = rows.Count < Batch ? last : rows[^1].Position;
        _ = Connection.Run("UPDATE room_searchable SET up_to = $to", ("$to", to));
        return to < last;
    }

    private static string? TryRead(byte[] header, byte[] body)
    {
        try
        {
            return TextOf(RoomEvent.Parse(header, body));
        }
        catch (RoomException)
        {
            // The room is not read either.
            return null;
        }
    }
}
