using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Node.Storage.Search;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>
/// The <c>messages</c> table as the user reads it: in the order in which this peer sent or received them. Thread-safe.
/// </summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class MessageTable(StoreDatabase database, Username self)
{
    private const int ExportPageSize = 1000;

    // Rows hold only final states. The others follow from the progress of the conversation.
    private const string Columns = """
        m.id, m.position, m.outgoing, p.username, m.text, m.sent_at,
        CASE
          WHEN m.state > 2 THEN m.state
          WHEN m.sequence < (SELECT r.next FROM read_marks r WHERE r.peer = m.peer AND r.epoch = m.epoch) THEN 3
          WHEN m.state = 2 OR m.epoch <> p.epoch OR m.sequence < p.base THEN 2
          WHEN m.sequence < p.sent_next THEN 1
          ELSE m.state
        END
        """;

    private const string PageSql =
        $"SELECT {Columns} FROM messages m JOIN peers p ON p.id = m.peer WHERE m.peer = $peer AND m.outgoing = "
        + "$outgoing AND m.hidden = 0";

    /// <summary>
    /// Reads the oldest messages after <paramref name="after"/>, the newest before <paramref name="before"/>, or the
    /// newest; oldest first. An unknown id counts as older than all.
    /// </summary>
    /// <returns>Null if there is no conversation under that name.</returns>
    public MessagePage? Page(Username with, Guid? after, Guid? before, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return database.Read(connection =>
        {
            var peers = RowsOf(connection, with);
            if (peers.Count == 0)
            {
                return null;
            }

            var isForward = after is not null;
            var start = (after ?? before) is { } id ? PositionOf(connection, peers, id) : long.MaxValue;
            // Both directions, and all keys that the name has had. One more than the limit shows whether there are
            // more.
            var found = peers
                .SelectMany(peer => new[] { (peer, 0L), (peer, 1L) })
                .SelectMany(side =>
                    connection.List(
                        isForward
                            ? $"{PageSql} AND m.position > $start ORDER BY m.position LIMIT $limit"
                            : $"{PageSql} AND m.position < $start ORDER BY m.position DESC LIMIT $limit",
                        MessageOf,
                        ("$peer", side.peer),
                        ("$outgoing", side.Item2),
                        ("$start", start),
                        ("$limit", limit + 1L)
                    )
                )
                .OrderBy(message => isForward ? message.Position : -message.Position)
                .ToList();
            var page = found.Take(limit).ToList();
            Guid? next = found.Count > limit ? page[^1].Id : null;
            if (!isForward)
            {
                page.Reverse();
            }

            return new MessagePage(page, next);
        });
    }

    /// <summary>Reads the messages at these positions, in any order. Deleted ones are left out.</summary>
    public IReadOnlyList<Message> At(IEnumerable<long> positions) =>
        database.Read(connection =>
            connection.List(
                $"SELECT {Columns} FROM json_each($positions) j JOIN messages m ON m.position = j.value "
                    + "JOIN peers p ON p.id = m.peer WHERE m.hidden = 0",
                MessageOf,
                ("$positions", $"[{string.Join(',', positions)}]")
            )
        );

    /// <summary>
    /// Finds the newest messages that contain all words, newest first. The last word may be a prefix. Searches indexed
    /// messages only: see <see cref="StoreWriter.IndexWordsAsync"/>.
    /// </summary>
    /// <param name="before">Only messages at lower positions; null for all.</param>
    public SearchPage Search(string words, long? before, int limit) =>
        database.Read(connection =>
        {
            var query = SearchQuery.Parse(words);
            if (query.IsEmpty)
            {
                return new SearchPage([], null);
            }

            var found = connection.List(
                $"""
                SELECT {Columns} FROM words JOIN messages m ON m.position = words.rowid JOIN peers p ON p.id = m.peer
                WHERE words MATCH $words AND words.rowid < $start AND m.hidden = 0 ORDER BY words.rowid DESC
                  LIMIT $limit
                """,
                MessageOf,
                ("$words", query.Match),
                ("$start", before ?? long.MaxValue),
                ("$limit", limit + 1L)
            );
            return new SearchPage(
                [.. found.Take(limit)],
                found.Count > limit ? found[limit - 1].Position : null,
                SearchIndexer.IsBehindInOlder(connection)
            );
        });

    /// <summary>Enumerates all messages with a peer, oldest first; null if there is no conversation.</summary>
    public IEnumerable<Message>? All(Username with) =>
        database.Read(connection => RowsOf(connection, with).Count) == 0 ? null : Pages(with);

    /// <summary>Finds a message that this peer has sent.</summary>
    public Message? Find(PeerId remote, Guid id) =>
        database
            .Read(connection =>
                connection.List(
                    $"SELECT {Columns} FROM messages m JOIN peers p ON p.id = m.peer WHERE p.peer_id = $peer "
                        + "AND m.outgoing = 1 AND m.id = $id",
                    MessageOf,
                    ("$peer", remote.Bytes.ToArray()),
                    ("$id", id.ToByteArray(bigEndian: true))
                )
            )
            .FirstOrDefault();

    /// <summary>Finds this peer's newest message below a sequence.</summary>
    public Guid? LastBelow(PeerId remote, ulong epoch, ulong next) =>
        database.Read(connection =>
            connection.List(
                """
                SELECT m.id FROM messages m WHERE m.peer = (SELECT id FROM peers WHERE peer_id = $peer) AND m.hidden = 0
                AND m.outgoing = 1 AND m.epoch = $epoch AND m.sequence < $next ORDER BY m.position DESC LIMIT 1
                """,
                reader => reader.GetMessageId(0),
                ("$peer", remote.Bytes.ToArray()),
                ("$epoch", (long)epoch),
                ("$next", (long)next)
            )
        )
            is [var id]
            ? id
            : null;

    /// <summary>Finds the number of a received message; null if it is not stored.</summary>
    public (ulong Epoch, ulong Sequence)? NumberOf(PeerId remote, Guid id) =>
        database.Read(connection =>
            connection.List(
                "SELECT m.epoch, m.sequence FROM messages m WHERE m.peer = (SELECT id FROM peers WHERE peer_id "
                    + "= $peer) AND m.outgoing = 0 AND m.id = $id",
                reader => ((ulong)reader.GetInt64(0), (ulong)reader.GetInt64(1)),
                ("$peer", remote.Bytes.ToArray()),
                ("$id", id.ToByteArray(bigEndian: true))
            )
        )
            is [var number]
            ? number
            : null;

    /// <summary>
    /// Deletes one message, or all with a peer, on this side. Messages in the outbox are still delivered.
    /// </summary>
    /// <param name="id">Null for all.</param>
    /// <returns>The number of deleted messages.</returns>
    public static int Delete(SqliteConnection connection, Username with, Guid? id)
    {
        // The row stays, so that a second copy is recognized. It keeps its text while it is in the outbox.
        var sql = $"""
            UPDATE messages SET hidden = 1 + o.waits, text = iif(o.waits AND state < 4, text, '')
            FROM (SELECT m.position AS at, m.outgoing AND m.epoch = p.epoch AND m.sequence >= p.base AS waits
              FROM messages m JOIN peers p ON p.id = m.peer
              WHERE m.peer = $peer AND m.hidden = 0{(id is null ? "" : " AND m.id = $id")}) o
            WHERE position = o.at
            """;
        return RowsOf(connection, with)
            .Sum(peer => connection.Run(sql, ("$peer", peer), ("$id", id?.ToByteArray(bigEndian: true))));
    }

    private IEnumerable<Message> Pages(Username with)
    {
        Guid? after = Guid.Empty;
        while (after is not null && Page(with, after, null, ExportPageSize) is { } page)
        {
            foreach (var message in page.Messages)
            {
                yield return message;
            }

            after = page.Next;
        }
    }

    private static List<long> RowsOf(SqliteConnection connection, Username with) =>
        connection.List(
            "SELECT id FROM peers WHERE username = $name",
            reader => reader.GetInt64(0),
            ("$name", with.Value)
        );

    private static long PositionOf(SqliteConnection connection, List<long> peers, Guid id) =>
        peers
            .SelectMany(peer =>
                connection.List(
                    "SELECT position FROM messages WHERE peer = $peer AND outgoing IN (0, 1) AND id = $id",
                    reader => reader.GetInt64(0),
                    ("$peer", peer),
                    ("$id", id.ToByteArray(bigEndian: true))
                )
            )
            .FirstOrDefault();

    private Message MessageOf(SqliteDataReader reader)
    {
        var with = Username.Parse(reader.GetString(3));
        return new Message(
            reader.GetMessageId(0),
            reader.GetInt64(1),
            reader.GetInt64(2) != 0 ? self : with,
            with,
            reader.GetString(4),
            reader.GetTime(5),
            (MessageState)reader.GetInt64(6)
        );
    }
}
