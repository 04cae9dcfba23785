using Microsoft.Data.Sqlite;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The timers of a conversation, from the lines that show them. Deleting a line deletes no timer.</summary>
/// <param name="Ours">The newest of this side, oldest first.</param>
/// <param name="Missing">Those of them that did not arrive, or that the other side has lost.</param>
/// <param name="Theirs">The last one of the other side; null if none.</param>
internal sealed record StoredTimers(IReadOnlyList<SetTimer> Ours, IReadOnlyList<Guid> Missing, SetTimer? Theirs)
{
    public const int MaxOurs = 64;

    public static readonly StoredTimers None = new([], [], null);

    /// <summary>Reads the timers of the peer in a row of <c>peers</c>.</summary>
    public static StoredTimers Read(SqliteConnection connection, long peer)
    {
        var ours = Lines(connection, peer, isOurs: true, MaxOurs);
        ours.Reverse();
        return new StoredTimers(
            [.. ours.Select(line => line.Timer)],
            [.. ours.Where(line => line.IsMissing).Select(line => line.Timer.Id)],
            Lines(connection, peer, isOurs: false, 1) is [var theirs] ? theirs.Timer : null
        );
    }

    /// <summary>
    /// Finds the timer that a name had with the key before this one, in seconds. 0 if messages stayed.
    /// </summary>
    public static uint OfEarlierKey(SqliteConnection connection, Username name, PeerId key)
    {
        var earlier = connection.List(
            "SELECT id FROM peers WHERE username = $name AND peer_id <> $key ORDER BY id DESC LIMIT 1",
            reader => reader.GetInt64(0),
            ("$name", name.Value),
            ("$key", key.Bytes.ToArray())
        );
        if (earlier is not [var row])
        {
            return 0;
        }

        var timers = Read(connection, row);
        var ours = timers.Ours.Where(timer => !timers.Missing.Contains(timer.Id)).ToList();
        return new ConversationTimer(ours is [.., var last] ? last : null, timers.Theirs).Seconds;
    }

    // Newest first.
    private static List<(SetTimer Timer, bool IsMissing)> Lines(
        SqliteConnection connection,
        long peer,
        bool isOurs,
        int limit
    ) =>
        [
            .. connection
                .List(
                    """
                    SELECT id, content, outgoing AND state >= 4 FROM messages INDEXED BY messages_timers
                    WHERE peer = $peer AND outgoing = $outgoing AND kind = 4 ORDER BY position DESC LIMIT $limit
                    """,
                    reader =>
                        (
                            Id: reader.GetMessageId(0),
                            Content: reader.IsDBNull(1) ? null : MessageContent.TryParse(reader.GetBytes(1)),
                            IsMissing: reader.GetInt64(2) != 0
                        ),
                    ("$peer", peer),
                    ("$outgoing", isOurs ? 1L : 0L),
                    ("$limit", (long)limit)
                )
                .Where(line => line.Content is MessageContent.Timer)
                .Select(line => (new SetTimer(line.Id, (MessageContent.Timer)line.Content!), line.IsMissing)),
        ];
}
