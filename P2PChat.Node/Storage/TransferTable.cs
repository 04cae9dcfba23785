using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>A file that this peer has offered, or was offered.</summary>
/// <param name="With">The other peer's name when the row was read.</param>
/// <param name="Path">
/// Of our own file where it is; of a received one where it is complete. Null while it is not.
/// </param>
internal sealed record StoredTransfer(
    PeerId Remote,
    Username With,
    bool IsOurs,
    Guid Id,
    FileOffer Offer,
    TransferState State,
    TransferProblem Problem,
    string? Path
)
{
    /// <summary>
    /// When our file was changed last before it was offered, in ticks. As long as that is so, its leaves are not hashed
    /// again before they are sent. Null if it was changed just before, or is not ours.
    /// </summary>
    public long? Stamp { get; init; }
}

/// <summary>The <c>transfers</c> table. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class TransferTable(StoreDatabase database, StoreWriter writer)
{
    private const int MaxListed = 1000;
    private const int MaxRepeated = 32;

    private const string Columns = """
        SELECT t.number, p.peer_id, p.username, t.outgoing, t.id, t.offer, t.state, t.problem, t.path, t.stamp
        FROM transfers t JOIN peers p ON p.id = t.peer
        """;

    /// <summary>Lists the newest transfers, newest first.</summary>
    public IReadOnlyList<StoredTransfer> Newest() =>
        List($"{Columns} WHERE p.username IS NOT NULL ORDER BY t.number DESC LIMIT {MaxListed}");

    /// <summary>Finds one transfer; null if there is none.</summary>
    public StoredTransfer? Find(PeerId remote, bool isOurs, Guid id) =>
        List(
                $"{Columns} WHERE p.peer_id = $peer AND p.username IS NOT NULL AND t.outgoing = $ours AND t.id = $id",
                ("$peer", remote.Bytes.ToArray()),
                ("$ours", isOurs ? 1L : 0L),
                ("$id", id.ToByteArray(bigEndian: true))
            )
            .FirstOrDefault();

    /// <summary>Lists the newest transfers with a peer, newest first.</summary>
    public IReadOnlyList<StoredTransfer> NewestWith(PeerId remote) =>
        List(
            $"{Columns} WHERE p.peer_id = $peer AND p.username IS NOT NULL ORDER BY t.number DESC LIMIT {MaxListed}",
            ("$peer", remote.Bytes.ToArray())
        );

    /// <summary>Lists all files from others that are on the disk or on their way.</summary>
    public IReadOnlyList<StoredTransfer> Received() =>
        List(
            $"{Columns} WHERE p.username IS NOT NULL AND t.outgoing = 0 "
                + $"AND t.state BETWEEN {(int)TransferState.Active} AND {(int)TransferState.Completed}"
        );

    /// <summary>Lists all transfers that have not ended.</summary>
    public IReadOnlyList<StoredTransfer> Open() =>
        List($"{Columns} WHERE p.username IS NOT NULL AND t.state <= {(int)TransferState.Paused}");

    /// <summary>Lists the files from others that have not ended, those with a damaged offer too.</summary>
    public IReadOnlyList<(PeerId Remote, Guid Id)> OpenIds() =>
        database.Read(connection =>
            connection.List(
                "SELECT p.peer_id, t.id FROM transfers t JOIN peers p ON p.id = t.peer "
                    + $"WHERE t.outgoing = 0 AND t.state <= {(int)TransferState.Paused}",
                reader => (PeerId.FromHash(reader.GetBytes(0)), reader.GetMessageId(1))
            )
        );

    /// <summary>Lists the transfers with a peer that have not ended.</summary>
    public IReadOnlyList<StoredTransfer> Open(PeerId remote) =>
        List(
            $"{Columns} WHERE p.peer_id = $peer AND p.username IS NOT NULL AND t.state <= {(int)TransferState.Paused}",
            ("$peer", remote.Bytes.ToArray())
        );

    /// <summary>Lists the newest transfers from a peer that have ended on this side.</summary>
    public IReadOnlyList<StoredTransfer> EndedFrom(PeerId remote) =>
        List(
            $"{Columns} WHERE p.peer_id = $peer AND p.username IS NOT NULL AND t.outgoing = 0 AND t.state IN "
                + $"({(int)TransferState.Completed}, {(int)TransferState.Declined}, {(int)TransferState.Cancelled}) "
                + $"ORDER BY t.number DESC LIMIT {MaxRepeated}",
            ("$peer", remote.Bytes.ToArray())
        );

    /// <summary>The paths of all our own files.</summary>
    public IReadOnlySet<string> Paths() =>
        database
            .Read(connection =>
                connection.List("SELECT path FROM transfers WHERE outgoing = 1 AND path IS NOT NULL", reader =>
                    reader.GetString(0)
                )
            )
            .ToHashSet();

    /// <summary>Reads the hashes of the leaves of one of our files; null if there is none.</summary>
    public byte[]? LeavesOf(StoredTransfer transfer) =>
        database.Read(connection =>
            (byte[]?)
                connection.Scalar(
                    "SELECT t.leaves FROM transfers t JOIN peers p ON p.id = t.peer "
                        + "WHERE p.peer_id = $peer AND t.outgoing = 1 AND t.id = $id",
                    ("$peer", transfer.Remote.Bytes.ToArray()),
                    ("$id", transfer.Id.ToByteArray(bigEndian: true))
                )
        );

    /// <summary>Reads the preview of a file; null if there is none.</summary>
    public byte[]? PreviewOf(StoredTransfer transfer) =>
        database.Read(connection =>
            (byte[]?)
                connection.Scalar(
                    "SELECT t.preview FROM transfers t JOIN peers p ON p.id = t.peer "
                        + "WHERE p.peer_id = $peer AND t.outgoing = $ours AND t.id = $id AND t.preview IS NOT NULL",
                    ("$peer", transfer.Remote.Bytes.ToArray()),
                    ("$ours", transfer.IsOurs ? 1L : 0L),
                    ("$id", transfer.Id.ToByteArray(bigEndian: true))
                )
        );

    /// <summary>Adds one of our files, before its message is queued.</summary>
    public Task AddAsync(StoredTransfer transfer, byte[] leaves) =>
        writer.CallAsync(connection =>
            connection.Run(
                "INSERT INTO transfers (peer, outgoing, id, offer, preview, path, leaves, stamp) "
                    + "SELECT id, 1, $id, $offer, $preview, $path, $leaves, $stamp FROM peers WHERE peer_id = $peer",
                ("$peer", transfer.Remote.Bytes.ToArray()),
                ("$id", transfer.Id.ToByteArray(bigEndian: true)),
                ("$offer", new MessageContent.File(transfer.Offer.WithoutPreview).ToBytes()),
                ("$preview", transfer.Offer.Preview is { IsEmpty: false } preview ? preview.ToArray() : null),
                ("$path", transfer.Path),
                ("$leaves", leaves),
                ("$stamp", transfer.Stamp)
            )
        );

    /// <summary>
    /// Saves state, problem and path, or deletes a transfer that has ended and whose message was deleted meanwhile.
    /// </summary>
    public Task SaveAsync(StoredTransfer transfer) =>
        writer.CallAsync(connection =>
        {
            _ = connection.Run(
                "UPDATE transfers SET state = $state, problem = $problem, path = $path "
                    + "WHERE peer = (SELECT id FROM peers WHERE peer_id = $peer) AND outgoing = $ours AND id = $id",
                ("$peer", transfer.Remote.Bytes.ToArray()),
                ("$ours", transfer.IsOurs ? 1L : 0L),
                ("$id", transfer.Id.ToByteArray(bigEndian: true)),
                ("$state", (long)transfer.State),
                ("$problem", (long)transfer.Problem),
                ("$path", transfer.Path)
            );
            _ = connection.Run(
                """
                DELETE FROM transfers WHERE peer = (SELECT id FROM peers WHERE peer_id = $peer) AND outgoing = $ours
                  AND id = $id AND state > 2 AND EXISTS (SELECT 1 FROM messages m WHERE m.peer = transfers.peer
                    AND m.outgoing = transfers.outgoing AND m.id = transfers.id AND m.hidden <> 0)
                """,
                ("$peer", transfer.Remote.Bytes.ToArray()),
                ("$ours", transfer.IsOurs ? 1L : 0L),
                ("$id", transfer.Id.ToByteArray(bigEndian: true))
            );
        });

    /// <summary>
    /// Deletes our files whose message was never queued, because the process ended between the two, and those that have
    /// ended since their message was deleted.
    /// </summary>
    public Task CleanUpAsync() =>
        writer.CallAsync(connection =>
            connection.Run(
                """
                DELETE FROM transfers WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.peer = transfers.peer
                  AND m.outgoing = transfers.outgoing AND m.id = transfers.id
                  AND (m.hidden = 0 OR transfers.state <= 2))
                """
            )
        );

    /// <summary>Deletes one of our files whose message was refused.</summary>
    public Task DeleteAsync(PeerId remote, Guid id) =>
        writer.CallAsync(connection =>
            connection.Run(
                "DELETE FROM transfers WHERE peer = (SELECT id FROM peers WHERE peer_id = $peer) AND outgoing = 1 "
                    + "AND id = $id",
                ("$peer", remote.Bytes.ToArray()),
                ("$id", id.ToByteArray(bigEndian: true))
            )
        );

    // A damaged row is left out, as if its file had never been offered.
    private List<StoredTransfer> List(string sql, params (string Name, object? Value)[] parameters) =>
        database.Read(connection => connection.ListSound(sql, Read, _ => { }, parameters));

    private static StoredTransfer Read(SqliteDataReader reader) =>
        new(
            PeerId.FromHash(reader.GetBytes(1)),
            Username.Parse(reader.GetString(2)),
            reader.GetInt64(3) != 0,
            reader.GetMessageId(4),
            MessageContent.TryParse(reader.GetBytes(5)) is MessageContent.File { Offer: var offer }
                ? offer
                : throw new FormatException("The offer is damaged."),
            (TransferState)reader.GetInt64(6),
            (TransferProblem)reader.GetInt64(7),
            reader.GetStringOrNull(8)
        )
        {
            Stamp = reader.IsDBNull(9) ? null : reader.GetInt64(9),
        };
}
