using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The rows of <see cref="TransferTable"/> that nobody will end any more. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class StaleTransferTable(StoreDatabase database, StoreWriter writer)
{
    // Expired, refused, taken back or lost, or unconfirmed and the other side has acknowledged what follows.
    private const string NotDelivered = """
        t.outgoing = 1 AND t.state <= 2 AND (m.state IN (4, 5, 6, 9) OR (m.state = 8
          AND ((m.epoch = p.epoch AND m.sequence < p.base) OR (m.epoch < p.epoch AND p.base > 1))))
        """;

    private readonly StoreEraser _eraser = new(database, writer);

    /// <summary>
    /// Lists the files from a peer that are paused on this side and whose message is deleted here or has disappeared:
    /// nobody will resume them.
    /// </summary>
    public IReadOnlyList<Guid> PausedWithoutMessage(PeerId remote) =>
        Ids(remote, $"t.outgoing = 0 AND t.state = {(int)TransferState.Paused} AND m.hidden <> 0");

    /// <summary>Lists our open offers that a peer does not have, and will never have.</summary>
    public IReadOnlyList<Guid> Undelivered(PeerId remote) => Ids(remote, NotDelivered);

    /// <summary>Whether any of our open offers to a peer is unconfirmed.</summary>
    public bool HasUnconfirmed(PeerId remote) =>
        Ids(remote, $"t.outgoing = 1 AND t.state <= 2 AND m.state = {(int)MessageState.Unconfirmed}").Count > 0;

    /// <summary>
    /// Deletes our files whose message was never queued, because the process ended between the two, and what is no
    /// longer needed of those whose message is deleted. Cancels paused files whose message is deleted, and ends offers
    /// that were not delivered.
    /// </summary>
    public async Task CleanUpAsync()
    {
        await _eraser.RunAsync(connection =>
        {
            var erased = connection.Run(
                $"""
                UPDATE transfers SET state = {(int)TransferState.Cancelled}, offer = x'', preview = NULL
                WHERE outgoing = 0 AND state = {(int)TransferState.Paused} AND EXISTS (SELECT 1 FROM messages m
                  WHERE m.peer = transfers.peer AND m.outgoing = 0 AND m.id = transfers.id AND m.hidden <> 0)
                """
            );
            // Without the path, so that an upload is deleted.
            _ = connection.Run(
                $"""
                UPDATE transfers SET state = {(int)TransferState.Failed}, problem = {(int)TransferProblem.NotDelivered},
                  path = NULL, ended_told = 1
                WHERE number IN (SELECT t.number FROM transfers t JOIN peers p ON p.id = t.peer JOIN messages m
                  ON m.peer = t.peer AND m.outgoing = t.outgoing AND m.id = t.id WHERE {NotDelivered})
                """
            );
            _ = connection.Run(
                """
                DELETE FROM transfers WHERE offer <> x'' AND NOT EXISTS (SELECT 1 FROM messages m
                  WHERE m.peer = transfers.peer AND m.outgoing = transfers.outgoing AND m.id = transfers.id
                  AND (m.hidden = 0 OR transfers.state <= 2))
                """
            );
            _ = connection.Run($"DELETE FROM transfers WHERE {TransferTable.Droppable}");
            return erased > 0;
        });
        try
        {
            _eraser.EmptyLog();
        }
        catch (StoreException)
        {
            // A reader uses the log. It is emptied after the next change.
        }
    }

    private List<Guid> Ids(PeerId remote, string where) =>
        database.Read(connection =>
            connection.List(
                "SELECT t.id FROM peers p JOIN transfers t ON t.peer = p.id JOIN messages m ON m.peer = t.peer "
                    + $"AND m.outgoing = t.outgoing AND m.id = t.id WHERE p.peer_id = $peer AND {where}",
                reader => reader.GetMessageId(0),
                ("$peer", remote.Bytes.ToArray())
            )
        );
}
