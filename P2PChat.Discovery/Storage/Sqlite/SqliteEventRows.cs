using P2PChat.Discovery.Storage.Local;

namespace P2PChat.Discovery.Storage.Sqlite;

/// <summary>Events in SQLite.</summary>
/// <param name="origin">The head before the first event.</param>
/// <param name="capacity">Number of events to keep.</param>
internal sealed class SqliteEventRows(SqliteStatements statements, long origin, int capacity) : IEventRows
{
    public long Head => statements.Number("SELECT max(number) FROM events") is var newest and not 0 ? newest : origin;

    public long Oldest =>
        statements.Number("SELECT min(number) FROM events") is var oldest and not 0 ? oldest : origin + 1;

    public void Add(PeerEvent peerEvent)
    {
        _ = statements.Run(
            "INSERT INTO events VALUES ($1, $2, $3, $4, $5, $6, $7)",
            peerEvent.Number,
            peerEvent.Kind,
            peerEvent.Username,
            peerEvent.PeerId,
            peerEvent.Reason,
            peerEvent.Sequence,
            peerEvent.Unlisted
        );
        _ = statements.Run("DELETE FROM events WHERE number <= $1", peerEvent.Number - capacity);
    }

    public IReadOnlyList<PeerEvent> ReadAfter(long after, int limit) =>
        [
            .. statements.Rows(
                """
                SELECT number, kind, name, peer_id, reason, sequence, unlisted FROM events
                  WHERE number > $1 ORDER BY number LIMIT $2
                """,
                reader => new PeerEvent(
                    Shard: 0,
                    reader.GetInt64(0),
                    reader.GetString(1),
                    reader.GetString(2),
                    reader.GetString(3),
                    reader.GetString(4),
                    reader.GetInt64(5),
                    reader.GetFlag(6)
                ),
                after,
                limit
            ),
        ];
}
