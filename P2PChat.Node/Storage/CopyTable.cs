using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The copy of a file at the directory.</summary>
/// <param name="With">The other peer's name when the row was read.</param>
/// <param name="Id">The id of the transfer.</param>
/// <param name="Place">Its id at the directory.</param>
/// <param name="Until">
/// When the directory deletes it at the latest; null if nothing of it can be there. Of another's file that is open:
/// until when it is asked for often, because its sender may still upload it.
/// </param>
internal sealed record StoredCopy(
    PeerId Remote,
    Username With,
    bool IsOurs,
    Guid Id,
    string Place,
    CopyState State,
    DateTimeOffset? Until
)
{
    /// <summary>Why it is not at the directory.</summary>
    public CopyProblem Problem { get; init; }

    /// <summary>The capability of the last upload of our file, which withdraws it; null before that.</summary>
    public ReadOnlyMemory<byte>? Capability { get; init; }

    public (PeerId Remote, bool IsOurs, Guid Id) Key => (Remote, IsOurs, Id);
}

/// <summary>The <c>copies</c> table. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class CopyTable(StoreDatabase database, StoreWriter writer)
{
    private const string Where =
        "WHERE peer = (SELECT id FROM peers WHERE peer_id = $peer) AND outgoing = $ours AND id = $id";

    /// <summary>Lists all copies with contacts, oldest first.</summary>
    public IReadOnlyList<StoredCopy> All() =>
        database.Read(connection =>
            connection.ListSound(
                """
                SELECT c.number, p.peer_id, p.username, c.outgoing, c.id, c.place, c.state, c.until,
                  c.problem, c.capability
                FROM copies c JOIN peers p ON p.id = c.peer WHERE p.username IS NOT NULL ORDER BY c.number
                """,
                Read,
                _ => { }
            )
        );

    /// <summary>
    /// Lists the transfers with contacts that may need their copy: they have not ended, and their message is not
    /// deleted for everyone or abandoned. One that has disappeared here may still be read on the other side.
    /// </summary>
    public IReadOnlySet<(PeerId Remote, bool IsOurs, Guid Id)> Needed() =>
        database
            .Read(connection =>
                connection.ListSound(
                    """
                    SELECT t.number, p.peer_id, t.outgoing, t.id FROM transfers t JOIN peers p ON p.id = t.peer
                      LEFT JOIN messages m ON m.peer = t.peer AND m.outgoing = t.outgoing AND m.id = t.id
                    WHERE p.accepted AND NOT p.for_rooms
                      AND t.state <= 2 AND t.offer <> x'' AND coalesce(m.removed, 0) <> 1
                      -- Expired or refused.
                      AND NOT (t.outgoing AND coalesce(m.state, 0) IN (4, 5))
                    """,
                    reader => (PeerId.FromHash(reader.GetBytes(1)), reader.GetInt64(2) != 0, reader.GetMessageId(3)),
                    _ => { }
                )
            )
            .ToHashSet();

    /// <summary>Adds a copy, or saves its state.</summary>
    public Task SaveAsync(StoredCopy copy) =>
        writer.CallAsync(connection =>
            connection.Run(
                """
                INSERT INTO copies (peer, outgoing, id, place, state, until, problem, capability)
                  SELECT id, $ours, $id, $place, $state, $until, $problem, $capability FROM peers
                    WHERE peer_id = $peer
                ON CONFLICT (peer, outgoing, id) DO UPDATE SET state = excluded.state, until = excluded.until,
                  problem = excluded.problem, capability = excluded.capability
                """,
                [
                    .. Key(copy),
                    ("$place", Convert.FromHexString(copy.Place)),
                    ("$state", (long)copy.State),
                    ("$until", copy.Until?.ToUnixTimeMilliseconds()),
                    ("$problem", (long)copy.Problem),
                    ("$capability", copy.Capability?.ToArray()),
                ]
            )
        );

    /// <summary>Forgets a copy that is no longer needed.</summary>
    public Task DeleteAsync(StoredCopy copy) =>
        writer.CallAsync(connection => connection.Run($"DELETE FROM copies {Where}", Key(copy)));

    private static (string, object?)[] Key(StoredCopy copy) =>
        [
            ("$peer", copy.Remote.Bytes.ToArray()),
            ("$ours", copy.IsOurs ? 1L : 0L),
            ("$id", copy.Id.ToByteArray(bigEndian: true)),
        ];

    private static StoredCopy Read(SqliteDataReader reader) =>
        new(
            PeerId.FromHash(reader.GetBytes(1)),
            Username.Parse(reader.GetString(2)),
            reader.GetInt64(3) != 0,
            reader.GetMessageId(4),
            reader.GetBytes(5) is { Length: SealedCopy.IdSize } place
                ? Convert.ToHexStringLower(place)
                : throw new FormatException("The place of a copy is damaged."),
            ReadEnum<CopyState>(reader, 6),
            reader.GetTimeOrNull(7)
        )
        {
            Problem = ReadEnum<CopyProblem>(reader, 8),
            // A null array would convert to an empty capability.
            Capability = reader.IsDBNull(9) ? default(ReadOnlyMemory<byte>?) : reader.GetBytes(9),
        };

    private static T ReadEnum<T>(SqliteDataReader reader, int column)
        where T : struct, Enum
    {
        var value = (T)Enum.ToObject(typeof(T), reader.GetInt64(column));
        return Enum.IsDefined(value) ? value : throw new FormatException("The state of a copy is damaged.");
    }
}
