using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Node.Storage.Search;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The messages that are kept, as a person reads them: in the order in which this peer sent or took them.</summary>
internal sealed class StoredMessages(StoreDatabase database, Username self)
{
    // What is not acknowledged is told by how far the conversation has come; what is over is in the row.
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

    /// <summary>
    /// The oldest messages after <paramref name="after"/>, the newest before <paramref name="before"/>, or the newest;
    /// oldest first. An id that is not here counts as older than all.
    /// </summary>
    /// <returns>Null if there is no conversation under that name.</returns>
    /// <exception cref="StoreException">They cannot be read.</exception>
    public MessagePage? Page(Username with, Guid? after, Guid? before, int limit) => Read(database, connection =>
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
            var peers = Peers(connection, with);
            if (peers.Count == 0)
            {
                return null;
            }

            // One more than asked for tells whether there are more.
            var forward = after is not null;
            var start = (after ?? before) is { } id ? PositionOf(connection, peers, id) : long.MaxValue;
            var found = new List<Message>();
            foreach (var (peer, outgoing) in peers.SelectMany(peer => new[] { (peer, 0L), (peer, 1L) }))
            {
                found.AddRange(
                    List(
                        connection,
                        forward
                            ? $"SELECT {Columns} FROM messages m JOIN peers p ON p.id = m.peer WHERE m.peer = $peer AND m.outgoing = $outgoing AND m.hidden = 0 AND m.position > $start ORDER BY m.position LIMIT $limit"
                            : $"SELECT {Columns} FROM messages m JOIN peers p ON p.id = m.peer WHERE m.peer = $peer AND m.outgoing = $outgoing AND m.hidden = 0 AND m.position < $start ORDER BY m.position DESC LIMIT $limit",
                        MessageOf,
                        ("$peer", peer),
                        ("$outgoing", outgoing),
                        ("$start", start),
                        ("$limit", limit + 1L)
                    )
                );
            }

            // Theirs and ours, and those of several keys where a name has had them.
            found.Sort(
                (one, other) =>
                    forward ? one.Position.CompareTo(other.Position) : other.Position.CompareTo(one.Position)
            );
            var more = found.Count > limit;
            var page = found.Take(limit).ToList();
            Guid? next = more ? page[^1].Id : null;
            if (!forward)
            {
                page.Reverse();
            }

            return new MessagePage(page, next);
        });

    /// <summary>
    /// The newest messages in which all words occur, newest first; the last word may be the beginning of one. Of those that
    /// are known to the search: see <see cref="StoreWriter.IndexWordsAsync"/>.
    /// </summary>
    /// <param name="before">Only those in lower positions; null for all.</param>
    public SearchPage Search(string words, long? before, int limit) => Read(database, connection =>
        {
            var query = SearchQuery.Parse(words);
            if (query.IsEmpty)
            {
                return new SearchPage([], null);
            }

            var found = List(
                connection,
                $"""
                SELECT {Columns} FROM words JOIN messages m ON m.position = words.rowid JOIN peers p ON p.id = m.peer
                WHERE words MATCH $words AND words.rowid < $start AND m.hidden = 0 ORDER BY words.rowid DESC LIMIT $limit
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

    /// <summary>All messages with a peer, oldest first, as they are read; null if there is no conversation.</summary>
    public IEnumerable<Message>? All(Username with) =>
        Read(database, connection => Peers(connection, with).Count) == 0 ? null : Pages(with);

    public Message? Find(PeerId remote, Guid id) =>
        Read(database, connection =>
                List(
                    connection,
                    $"SELECT {Columns} FROM messages m JOIN peers p ON p.id = m.peer WHERE p.peer_id = $peer AND m.outgoing = 1 AND m.id = $id",
                    MessageOf,
                    ("$peer", remote.Bytes.ToArray()),
                    ("$id", id.ToByteArray(bigEndian: true))
                )
            )
            .FirstOrDefault();

    /// <summary>Our newest message below a sequence.</summary>
    public Guid? LastBelow(PeerId remote, ulong epoch, ulong next) => Read(database, connection => List(
                connection,
                """
                SELECT m.id FROM messages m WHERE m.peer = (SELECT id FROM peers WHERE peer_id = $peer) AND m.hidden = 0
                AND m.outgoing = 1 AND m.epoch = $epoch AND m.sequence < $next ORDER BY m.position DESC LIMIT 1
                """,
                reader => new Guid(reader.GetFieldValue<byte[]>(0), bigEndian: true),
                ("$peer", remote.Bytes.ToArray()),
                ("$epoch", (long)epoch),
                ("$next", (long)next)
            )) is [var id] ? id : null;

    /// <summary>The number that a message of theirs had; null if it is not here.</summary>
    public (ulong Epoch, ulong Sequence)? NumberOf(PeerId remote, Guid id) =>
        Read(database, connection =>
            List(
                connection,
                "SELECT m.epoch, m.sequence FROM messages m WHERE m.peer = (SELECT id FROM peers WHERE peer_id = $peer) AND m.outgoing = 0 AND m.id = $id",
                reader => ((ulong)reader.GetInt64(0), (ulong)reader.GetInt64(1)),
                ("$peer", remote.Bytes.ToArray()),
                ("$id", id.ToByteArray(bigEndian: true))
            )
        )
            is [var number]
            ? number
            : null;

    /// <summary>Deletes one message, or all with a peer, for this person: what is on its way still arrives.</summary>
    /// <param name="id">Null for all.</param>
    /// <returns>How many.</returns>
    public static int Delete(SqliteConnection connection, Username with, Guid? id)
    {
        var deleted = 0;
        foreach (var peer in Peers(connection, with))
        {
            // The row stays, without its text, so that a copy that comes again is known for one; with it while it is on its way.
            using var command = Command(
                connection,
                """
                UPDATE messages SET hidden = 1 + o.waits, text = iif(o.waits AND state < 4, text, '')
                FROM (SELECT m.position AS at, m.outgoing AND m.epoch = p.epoch AND m.sequence >= p.base AS waits
                  FROM messages m JOIN peers p ON p.id = m.peer WHERE m.peer = $peer AND m.hidden = 0
                """
                    + (id is null ? "" : " AND m.id = $id")
                    + ") o WHERE position = o.at",
                ("$peer", peer)
            );
            if (id is { } one)
            {
                _ = command.Parameters.AddWithValue("$id", one.ToByteArray(bigEndian: true));
            }

            deleted += command.ExecuteNonQuery();
        }

        return deleted;
    }

    internal static List<T> List<T>(
        SqliteConnection connection,
        string sql,
        Func<SqliteDataReader, T> read,
        params ReadOnlySpan<(string Name, object Value)> parameters
    )
    {
        using var command = Command(connection, sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    internal static SqliteCommand Command(
        SqliteConnection connection,
        string sql,
        params ReadOnlySpan<(string Name, object Value)> parameters
    )
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Each is a constant of its caller's.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            _ = command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    internal static T Read<T>(StoreDatabase database, Func<SqliteConnection, T> read)
    {
        try
        {
            return database.Read(read);
        }
        catch (Exception e)
            when (e is SqliteException or IOException or ObjectDisposedException || StoreException.IsOfAValue(e))
        {
            throw StoreException.OfReading(e);
        }
    }

    private IEnumerable<Message> Pages(Username with)
    {
        Guid? after = Guid.Empty;
        while (after is not null && Page(with, after, null, 1000) is { } page)
        {
            foreach (var message in page.Messages)
            {
                yield return message;
            }

            after = page.Next;
        }
    }

    private static List<long> Peers(SqliteConnection connection, Username with) =>
        List(
            connection,
            "SELECT id FROM peers WHERE username = $name",
            reader => reader.GetInt64(0),
            ("$name", with.Value)
        );

    private static long PositionOf(SqliteConnection connection, List<long> peers, Guid id)
    {
        foreach (var peer in peers)
        {
            var found = List(
                connection,
                "SELECT position FROM messages WHERE peer = $peer AND outgoing IN (0, 1) AND id = $id",
                reader => reader.GetInt64(0),
                ("$peer", peer),
                ("$id", id.ToByteArray(bigEndian: true))
            );
            if (found.Count > 0)
            {
                return found[0];
            }
        }

        return 0;
    }

    private Message MessageOf(SqliteDataReader reader)
    {
        var with = Username.Parse(reader.GetString(3));
        return new Message(
            new Guid(reader.GetFieldValue<byte[]>(0), bigEndian: true),
            reader.GetInt64(1),
            reader.GetInt64(2) != 0 ? self : with,
            with,
            reader.GetString(4),
            DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5)),
            (MessageState)reader.GetInt64(6)
        );
    }
}
