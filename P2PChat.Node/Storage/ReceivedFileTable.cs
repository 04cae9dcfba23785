using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The received files in the <c>transfers</c> table, as they count for the limits. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class ReceivedFileTable(StoreDatabase database, StoreWriter writer)
{
    /// <summary>The bytes of the received files that count, after all changes that were saved before.</summary>
    /// <param name="except">The file that is not counted.</param>
    /// <param name="least">What a file counts at least.</param>
    public (long FromPeer, long All) Bytes(PeerId remote, Guid except, long least)
    {
        // Sums all rows in one pass, on a reader instead of the writer, which would block all other writes.
        const string Sums =
            "SELECT coalesce(sum(bytes) FILTER (WHERE is_theirs), 0), coalesce(sum(bytes), 0) FROM ("
            + "SELECT max(size, $least) AS bytes, peer = (SELECT id FROM peers WHERE peer_id = $peer) AS is_theirs "
            + "FROM transfers WHERE outgoing = 0 AND state IN (1, 2, 3) AND missing = 0 AND NOT ("
            + TransferTable.Key
            + "))";
        writer.Call(_ => { });
        return database.Read(connection =>
            connection
                .List(
                    Sums,
                    reader => (reader.GetInt64(0), reader.GetInt64(1)),
                    [.. TransferTable.KeyOf(remote, isOurs: false, except), ("$least", least)]
                )
                .Single()
        );
    }

    /// <summary>Looks for all received files, and records which are there.</summary>
    /// <param name="exists">Whether there is a file with that path.</param>
    public void FindMissing(Func<string, bool> exists)
    {
        var files = database.Read(connection =>
            connection.List(
                "SELECT number, path, missing FROM transfers "
                    + "WHERE outgoing = 0 AND state = 3 AND path IS NOT NULL",
                reader => (Number: reader.GetInt64(0), Path: reader.GetString(1), IsMissing: reader.GetInt64(2) != 0)
            )
        );
        var changed = files.Where(file => exists(file.Path) == file.IsMissing).ToList();
        if (changed.Count == 0)
        {
            return;
        }

        writer.Call(connection =>
        {
            foreach (var file in changed)
            {
                _ = connection.Run(
                    "UPDATE transfers SET missing = 1 - missing WHERE number = $number",
                    ("$number", file.Number)
                );
            }

            _ = connection.Run($"DELETE FROM transfers WHERE {TransferTable.Droppable}");
        });
    }
}
