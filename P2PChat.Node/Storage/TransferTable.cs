using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>A file that this peer has offered, or was offered.</summary>
/// <param name="With">The other peer's name when the row was read.</param>
/// <param name="Path">
/// Of our own file where it is; of a received one where it is complete, or will be. Null before that is chosen.
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

    /// <summary>Whether the other side knows how the transfer has ended.</summary>
    public bool IsEndTold { get; init; }

    public bool HasEnded => State is not (TransferState.Offered or TransferState.Active or TransferState.Paused);
}

/// <summary>A transfer whose end the other side does not know.</summary>
internal sealed record EndedTransfer(bool IsOurs, Guid Id, TransferState State, TransferProblem Problem);

/// <summary>The <c>transfers</c> table. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class TransferTable(StoreDatabase database, StoreWriter writer)
{
    /// <summary>Limit on the offers of a contact that wait for this user.</summary>
    public const int MaxOffered = 256;

    /// <summary>Limit on the files of a contact that have not ended, because each takes memory.</summary>
    public const int MaxOpen = 1024;

    /// <summary>Limit on the ends that <see cref="Untold"/> lists.</summary>
    public const int MaxRepeated = 256;

    private const int MaxListed = 1000;

    internal const string Key = "peer = (SELECT id FROM peers WHERE peer_id = $peer) AND outgoing = $ours AND id = $id";

    // Those whose message is deleted are left out.
    private const string Columns = """
        SELECT t.number, p.peer_id, p.username, t.outgoing, t.id, t.offer, t.state, t.problem, t.path, t.stamp,
          t.ended_told
        FROM transfers t JOIN peers p ON p.id = t.peer WHERE p.username IS NOT NULL AND t.offer <> x''
        """;

    // Any number of offers and of ended transfers must not hide those that are under way.
    private const string Listed = "ORDER BY (state IN (1, 2)) DESC, number DESC";

    private readonly StoreEraser _eraser = new(database, writer);

    /// <summary>Lists the transfers that are under way and the newest others, newest first.</summary>
    public IReadOnlyList<StoredTransfer> Newest() =>
        List(
            $"{Columns} AND t.number IN (SELECT number FROM transfers WHERE offer <> x'' {Listed} LIMIT {MaxListed}) "
                + "ORDER BY t.number DESC"
        );

    /// <summary>Finds one transfer; null if there is none.</summary>
    public StoredTransfer? Find(PeerId remote, bool isOurs, Guid id) =>
        List($"{Columns} AND p.peer_id = $peer AND t.outgoing = $ours AND t.id = $id", KeyOf(remote, isOurs, id))
            .FirstOrDefault();

    /// <summary>Lists the transfers with a peer that are under way and the newest others, newest first.</summary>
    public IReadOnlyList<StoredTransfer> NewestWith(PeerId remote) =>
        List(
            $"""
            {Columns} AND t.number IN (SELECT number FROM transfers
              WHERE peer = (SELECT id FROM peers WHERE peer_id = $peer) AND offer <> x'' {Listed} LIMIT {MaxListed})
            ORDER BY t.number DESC
            """,
            ("$peer", remote.Bytes.ToArray())
        );

    /// <summary>Lists all transfers that have not ended.</summary>
    public IReadOnlyList<StoredTransfer> Open() => List($"{Columns} AND t.state <= {(int)TransferState.Paused}");

    /// <summary>Lists the files from others that have not ended, those with a damaged offer too.</summary>
    public IReadOnlyList<(PeerId Remote, Guid Id)> OpenIds() =>
        database.Read(connection =>
            connection.List(
                "SELECT p.peer_id, t.id FROM transfers t JOIN peers p ON p.id = t.peer "
                    + $"WHERE t.outgoing = 0 AND t.state <= {(int)TransferState.Paused}",
                reader => (PeerId.FromHash(reader.GetBytes(0)), reader.GetMessageId(1))
            )
        );

    /// <summary>Lists the transfers with a peer that have not ended, oldest first.</summary>
    public IReadOnlyList<StoredTransfer> Open(PeerId remote) =>
        List(
            $"{Columns} AND p.peer_id = $peer AND t.state <= {(int)TransferState.Paused} ORDER BY t.number",
            ("$peer", remote.Bytes.ToArray())
        );

    /// <summary>Lists the oldest transfers with a peer whose end the other side does not know yet.</summary>
    public IReadOnlyList<EndedTransfer> Untold(PeerId remote) =>
        database.Read(connection =>
            connection.List(
                "SELECT t.outgoing, t.id, t.state, t.problem FROM transfers t JOIN peers p ON p.id = t.peer "
                    + "WHERE p.peer_id = $peer AND t.state > 2 AND t.ended_told = 0 "
                    + $"ORDER BY t.number LIMIT {MaxRepeated}",
                reader => new EndedTransfer(
                    reader.GetInt64(0) != 0,
                    reader.GetMessageId(1),
                    (TransferState)reader.GetInt64(2),
                    (TransferProblem)reader.GetInt64(3)
                ),
                ("$peer", remote.Bytes.ToArray())
            )
        );

    /// <summary>Whether a transfer has ended and the other side does not know it yet.</summary>
    public bool IsUntold(PeerId remote, bool isOurs, Guid id) =>
        database.Read(connection =>
            connection.Scalar(
                $"SELECT 1 FROM transfers WHERE {Key} AND state > 2 AND ended_told = 0",
                KeyOf(remote, isOurs, id)
            )
                is not null
        );

    /// <summary>Records that the other side knows the end, and forgets a transfer whose message is deleted.</summary>
    public Task SetEndToldAsync(PeerId remote, bool isOurs, Guid id) =>
        writer.CallAsync(connection =>
        {
            var key = KeyOf(remote, isOurs, id);
            if (
                connection.Run($"UPDATE transfers SET ended_told = 1 WHERE {Key} AND state > 2 AND ended_told = 0", key)
                > 0
            )
            {
                Drop(connection, key);
            }
        });

    /// <summary>Returns once everything that was saved before is in the file.</summary>
    public Task AfterSavesAsync() => writer.CallAsync(_ => { });

    /// <summary>The paths of all our own files.</summary>
    public IReadOnlySet<string> Paths() =>
        database
            .Read(connection =>
                connection.List(
                    "SELECT path FROM transfers WHERE outgoing = 1 AND path IS NOT NULL AND offer <> x''",
                    reader => reader.GetString(0)
                )
            )
            .ToHashSet();

    /// <summary>Records that one of our files is somewhere else now.</summary>
    public void SetMoved(string path, string newPath) =>
        writer.Call(connection =>
            connection.Run(
                "UPDATE transfers SET path = $new WHERE outgoing = 1 AND path = $path",
                ("$path", path),
                ("$new", newPath)
            )
        );

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
                "INSERT INTO transfers (peer, outgoing, id, offer, preview, size, path, leaves, stamp) "
                    + "SELECT id, 1, $id, $offer, $preview, $size, $path, $leaves, $stamp FROM peers "
                    + "WHERE peer_id = $peer",
                ("$peer", transfer.Remote.Bytes.ToArray()),
                ("$id", transfer.Id.ToByteArray(bigEndian: true)),
                ("$offer", new MessageContent.File(transfer.Offer.WithoutPreview).ToBytes()),
                ("$preview", transfer.Offer.Preview is { IsEmpty: false } preview ? preview.ToArray() : null),
                ("$size", transfer.Offer.Size),
                ("$path", transfer.Path),
                ("$leaves", leaves),
                ("$stamp", transfer.Stamp)
            )
        );

    /// <summary>Saves state, problem and path, and forgets the name if the message was deleted meanwhile.</summary>
    public async Task SaveAsync(StoredTransfer transfer)
    {
        // The caller may hold a lock.
        await _eraser.RunAsync(rows => Save(rows, transfer)).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            _eraser.EmptyLog();
        }
        catch (StoreException)
        {
            // A reader uses the log. It is emptied after the next change.
        }
    }

    // Returns whether a name was erased.
    private static bool Save(SqliteConnection connection, StoredTransfer transfer)
    {
        var key = KeyOf(transfer.Remote, transfer.IsOurs, transfer.Id);
        var saved = connection.Run(
            "UPDATE transfers SET state = $state, problem = $problem, path = $path, ended_told = $told "
                + $"WHERE {Key}",
            [
                .. key,
                ("$state", (long)transfer.State),
                ("$problem", (long)transfer.Problem),
                ("$path", transfer.Path),
                ("$told", transfer.IsEndTold ? 1L : 0L),
            ]
        );
        if (saved == 0 && transfer is { State: TransferState.Completed, IsOurs: false })
        {
            // Its message was deleted just before. The file is on the disk all the same, and counts.
            _ = connection.Run(
                "INSERT INTO transfers (peer, outgoing, id, state, offer, size, path, ended_told) "
                    + "SELECT id, 0, $id, 3, x'', $size, $path, 1 FROM peers WHERE peer_id = $peer",
                [.. key, ("$size", transfer.Offer.Size), ("$path", transfer.Path)]
            );
        }

        if (!transfer.HasEnded)
        {
            return false;
        }

        var erased = connection.Run(
            $"""
            UPDATE transfers SET offer = x'', preview = NULL, leaves = NULL WHERE {Key} AND offer <> x''
              AND EXISTS (SELECT 1 FROM messages m WHERE m.peer = transfers.peer
                AND m.outgoing = transfers.outgoing AND m.id = transfers.id AND m.hidden <> 0)
            """,
            key
        );
        Drop(connection, key);
        return erased > 0;
    }

    /// <summary>Takes the path of one of our files whose message was deleted for everyone.</summary>
    /// <returns>Null if it has none.</returns>
    public string? TakeRemoved(PeerId remote, Guid id)
    {
        string? path = null;
        writer.Call(connection =>
        {
            var key = KeyOf(remote, isOurs: true, id);
            path = (string?)
                connection.Scalar($"SELECT path FROM transfers WHERE {Key} AND offer = x'' AND path IS NOT NULL", key);
            _ = connection.Run($"UPDATE transfers SET path = NULL WHERE {Key} AND offer = x''", key);
            Drop(connection, key);
        });
        return path;
    }

    /// <summary>Deletes one of our files whose message was refused.</summary>
    public Task DeleteAsync(PeerId remote, Guid id) =>
        writer.CallAsync(connection =>
            connection.Run($"DELETE FROM transfers WHERE {Key}", KeyOf(remote, isOurs: true, id))
        );

    // What is not needed of a row whose message is deleted: see FileMigration.
    internal const string Droppable =
        "offer = x'' AND (state <= 2 OR (ended_told = 1 "
        + "AND (outgoing = 1 OR state <> 3 OR path IS NULL OR missing = 1)))";

    // The path of a file whose message was deleted for everyone stays until TakeRemoved.
    private static void Drop(SqliteConnection connection, (string, object?)[] key) =>
        connection.Run(
            $"""
            DELETE FROM transfers WHERE {Key} AND {Droppable} AND NOT (outgoing = 1 AND path IS NOT NULL
              AND EXISTS (SELECT 1 FROM messages m WHERE m.peer = transfers.peer AND m.outgoing = 1
                AND m.id = transfers.id AND m.removed = 1))
            """,
            key
        );

    internal static (string, object?)[] KeyOf(PeerId remote, bool isOurs, Guid id) =>
        [("$peer", remote.Bytes.ToArray()), ("$ours", isOurs ? 1L : 0L), ("$id", id.ToByteArray(bigEndian: true))];

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
            IsEndTold = reader.GetInt64(10) != 0,
        };
}
