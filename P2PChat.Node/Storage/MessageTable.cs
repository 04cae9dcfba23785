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

    private static readonly string PageSql =
        $"SELECT {MessageReader.Columns} FROM {MessageReader.Tables} WHERE m.peer = $peer AND m.outgoing = $outgoing "
        + "AND m.hidden = 0";

    // Of all messages but those that disappear, and of these.
    private static readonly string[] Indexes = ["words", "disappearing_words"];

    private readonly MessageReader _messages = new(self);

    /// <summary>
    /// Reads the oldest messages after <paramref name="after"/>, the newest before <paramref name="before"/>, or the
    /// newest; oldest first. An unknown id counts as older than all.
    /// </summary>
    /// <param name="isOurs">Whether this user has sent the message with that id; null for either.</param>
    /// <returns>Null if there is no conversation under that name.</returns>
    public MessagePage? Page(Username with, Guid? after, Guid? before, int limit, bool? isOurs = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return database.Read(connection =>
        {
            var peers = RowsOf(connection, with);
            if (peers.Count == 0)
            {
                return null;
            }

            var start = (after ?? before) is { } id ? PositionOf(connection, peers, id, isOurs) : long.MaxValue;
            return Page(connection, peers, isForward: after is not null, start, limit);
        });
    }

    /// <summary>Reads the messages at these positions, in any order. Deleted ones are left out.</summary>
    public IReadOnlyList<Message> At(IEnumerable<long> positions) =>
        database.Read(connection =>
            connection.List(
                $"SELECT {MessageReader.Columns} FROM json_each($positions) j JOIN {MessageReader.Tables} "
                    + "WHERE m.position = j.value AND m.hidden = 0",
                _messages.Read,
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

            var found = Indexes
                .SelectMany(index =>
                    connection.List(
                        $"""
                        SELECT {MessageReader.Columns} FROM {index} JOIN {MessageReader.Tables}
                        WHERE m.position = {index}.rowid AND {index} MATCH $words AND {index}.rowid < $start
                          AND m.hidden = 0
                        ORDER BY {index}.rowid DESC LIMIT $limit
                        """,
                        _messages.Read,
                        ("$words", query.Match),
                        ("$start", before ?? long.MaxValue),
                        ("$limit", limit + 1L)
                    )
                )
                .OrderByDescending(message => message.Position)
                .ToList();
            return new SearchPage(
                [.. found.Take(limit)],
                found.Count > limit ? found[limit - 1].Position : null,
                SearchIndexer.IsBehindInOlder(connection)
            );
        });

    /// <summary>Enumerates all messages with a peer, oldest first; null if there is no conversation.</summary>
    public IEnumerable<Message>? All(Username with) =>
        database.Read(connection => RowsOf(connection, with).Count) == 0 ? null : Pages(with);

    /// <summary>
    /// Lists the sides that have sent a message with an id: the other side chooses its ids, also one of ours. True is
    /// this user.
    /// </summary>
    /// <param name="isShown">Whether deleted messages do not count. Reactions and other changes never do.</param>
    public IReadOnlyList<bool> SidesOf(Username with, Guid id, bool isShown) =>
        database.Read(connection =>
            PositionsOf(connection, RowsOf(connection, with), id, isShown ? "hidden = 0" : "(kind = 0 OR hidden = 0)")
                .Select(found => found.IsOurs)
                .Distinct()
                .ToList()
        );

    /// <summary>Finds a message that this peer has sent.</summary>
    public Message? Find(PeerId remote, Guid id) =>
        database
            .Read(connection =>
                connection.List(
                    $"SELECT {MessageReader.Columns} FROM {MessageReader.Tables} WHERE p.peer_id = $peer "
                        + "AND m.outgoing = 1 AND m.id = $id",
                    _messages.Read,
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
    /// <param name="isOurs">Whether this user has sent it; null for either.</param>
    /// <returns>The number of deleted messages.</returns>
    public static int Delete(SqliteConnection connection, Username with, Guid? id, bool? isOurs = null)
    {
        // The row stays, so that a second copy is recognized. It keeps its text while it is in the outbox, and a timer
        // its content: see StoredTimers.
        var side = isOurs is { } ours ? $"= {(ours ? 1 : 0)}" : "IN (0, 1)";
        var chosen = $"m.peer = $peer{(id is null ? "" : $" AND m.outgoing {side} AND m.id = $id")}";
        var sql = $"""
            UPDATE messages SET hidden = 1 + o.waits, text = iif(o.waits AND state < 4, text, ''),
              content = iif(o.waits OR kind = 4, content, NULL), target = iif(o.waits, target, NULL),
              edited_at = NULL, our_reaction = NULL, their_reaction = NULL
            FROM (SELECT m.position AS at, m.outgoing AND m.epoch = p.epoch AND m.sequence >= p.base AS waits
              FROM messages m JOIN peers p ON p.id = m.peer WHERE {chosen} AND m.hidden = 0) o
            WHERE position = o.at
            """;
        var versions = $"""
            DELETE FROM versions WHERE message IN (SELECT m.position FROM messages m WHERE {chosen} AND m.hidden <> 0)
            """;
        return RowsOf(connection, with)
            .Sum(peer =>
            {
                (string, object?)[] parameters = [("$peer", peer), ("$id", id?.ToByteArray(bigEndian: true))];
                var deleted = connection.Run(sql, parameters);
                _ = connection.Run(versions, parameters);
                return deleted;
            });
    }

    // By position: the other side chooses its ids, also one of ours.
    private IEnumerable<Message> Pages(Username with)
    {
        var page = After(0);
        while (true)
        {
            foreach (var message in page.Messages)
            {
                yield return message;
            }

            if (page.Next is null)
            {
                yield break;
            }

            page = After(page.Messages[^1].Position);
        }

        MessagePage After(long position) =>
            database.Read(connection =>
                Page(connection, RowsOf(connection, with), isForward: true, position, ExportPageSize)
            );
    }

    private MessagePage Page(SqliteConnection connection, List<long> peers, bool isForward, long start, int limit)
    {
        // Both directions, and all keys that the name has had. One more than the limit shows whether there are
        // more.
        var found = peers
            .SelectMany(peer => new[] { (peer, 0L), (peer, 1L) })
            .SelectMany(side =>
                connection.List(
                    isForward
                        ? $"{PageSql} AND m.position > $start ORDER BY m.position LIMIT $limit"
                        : $"{PageSql} AND m.position < $start ORDER BY m.position DESC LIMIT $limit",
                    _messages.Read,
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
    }

    private static List<long> RowsOf(SqliteConnection connection, Username with) =>
        connection.List(
            "SELECT id FROM peers WHERE username = $name",
            reader => reader.GetInt64(0),
            ("$name", with.Value)
        );

    private static long PositionOf(SqliteConnection connection, List<long> peers, Guid id, bool? isOurs) =>
        PositionsOf(connection, peers, id, "TRUE")
            .Where(found => isOurs is null || found.IsOurs == isOurs)
            .Select(found => found.Position)
            .DefaultIfEmpty()
            .Max();

    private static IEnumerable<(bool IsOurs, long Position)> PositionsOf(
        SqliteConnection connection,
        List<long> peers,
        Guid id,
        string which
    ) =>
        peers.SelectMany(peer =>
            connection.List(
                "SELECT outgoing, position FROM messages WHERE peer = $peer AND outgoing IN (0, 1) AND id = $id "
                    + $"AND {which}",
                reader => (reader.GetInt64(0) != 0, reader.GetInt64(1)),
                ("$peer", peer),
                ("$id", id.ToByteArray(bigEndian: true))
            )
        );
}
