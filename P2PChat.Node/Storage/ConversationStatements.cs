using Microsoft.Data.Sqlite;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>
/// Writes the state of conversations: the tables <c>peers</c>, <c>read_marks</c>, <c>times</c> and <c>revoked</c>.
/// </summary>
/// <exception cref="SqliteException">The file is damaged.</exception>
internal sealed class ConversationStatements : StatementSet
{
    private readonly StoreStatement _ownProgress;
    private readonly StoreStatement _theirProgress;
    private readonly StoreStatement _readByThem;
    private readonly StoreStatement _readMark;
    private readonly StoreStatement _read;
    private readonly StoreStatement _ackOwed;
    private readonly StoreStatement _deliveredAt;
    private readonly StoreStatement _happenedAt;
    private readonly TimeProvider _timeProvider;

    public ConversationStatements(SqliteConnection connection, TimeProvider timeProvider)
        : base(connection)
    {
        _timeProvider = timeProvider;
        _ownProgress = Prepare(
            """
            UPDATE peers SET checksum = iif(?2 > base, ?5, checksum), base = max(base, ?2), next = max(next, ?3),
              sent_next = max(sent_next, ?4),
            acknowledged_epoch = iif(?6, epoch, acknowledged_epoch), acknowledged_next = iif(?6, ?6,
              acknowledged_next) WHERE id = ?1
            """
        );
        _theirProgress = Prepare(
            """
            UPDATE peers SET read_next = iif(their_epoch = ?2, read_next, 0), their_epoch = ?2, their_next = ?3,
              their_checksum = ?4,
            their_kept_epoch = ?5, their_kept_next = ?6 WHERE id = ?1
            """
        );
        _readByThem = Prepare("UPDATE peers SET read_by_them = ?2 WHERE id = ?1");
        _readMark = Prepare(
            "INSERT INTO read_marks VALUES (?1, ?2, ?3) ON CONFLICT (peer, epoch) DO UPDATE SET next = excluded.next"
        );
        _read = Prepare("UPDATE peers SET read_next = ?2 WHERE id = ?1");
        _ackOwed = Prepare("UPDATE peers SET ack_owed = ?2 WHERE id = ?1");
        // The first time counts, because the other side repeats what it says.
        _deliveredAt = Prepare("INSERT OR IGNORE INTO times SELECT id, 0, epoch, base, ?2 FROM peers WHERE id = ?1");
        _happenedAt = Prepare("INSERT OR IGNORE INTO times VALUES (?1, ?2, ?3, ?4, ?5)");
    }

    private long Now => _timeProvider.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Finds the row of a peer, and inserts it if there is none.</summary>
    public long FindOrInsert(PeerId remote, ulong epoch)
    {
        _ = Connection.Run(
            "INSERT INTO peers (peer_id, epoch) VALUES ($id, $epoch) ON CONFLICT (peer_id) DO NOTHING",
            ("$id", remote.Bytes.ToArray()),
            ("$epoch", (long)epoch)
        );
        return (long)Connection.Scalar("SELECT id FROM peers WHERE peer_id = $id", ("$id", remote.Bytes.ToArray()))!;
    }

    public void SaveOwnProgress(long peer, ConversationProgress progress)
    {
        _ = _ownProgress
            .Bind(1, peer)
            .Bind(2, progress.Base)
            .Bind(3, progress.Next)
            .Bind(4, progress.SentNext)
            .Bind(5, progress.Checksum)
            .Bind(6, progress.Acknowledged)
            .Run();
        if (progress.Acknowledged > 0)
        {
            _ = _deliveredAt.Bind(1, peer).Bind(2, Now).Run();
        }
    }

    public void SaveTheirProgress(long peer, ConversationProgress progress)
    {
        _ = _theirProgress
            .Bind(1, peer)
            .Bind(2, progress.TheirEpoch)
            .Bind(3, progress.TheirNext)
            .Bind(4, progress.TheirChecksum)
            .Bind(5, (long?)progress.TheirKept?.Epoch)
            .Bind(6, (long?)progress.TheirKept?.Next)
            .Run();
        // The other side can begin any number of epochs without sending a message.
        if (progress.HasReceived)
        {
            SetTime(peer, TimeKind.Received, progress.TheirEpoch, progress.TheirNext);
        }
    }

    public void SetReadByThem(long peer, Change.ReadByThem read)
    {
        _ = _readByThem.Bind(1, peer).Bind(2, read.Next).Run();
        _ = _readMark.Bind(1, peer).Bind(2, read.Epoch).Bind(3, read.Next).Run();
        SetTime(peer, TimeKind.Read, read.Epoch, read.Next);
    }

    public void SetRead(long peer, ulong next) => _read.Bind(1, peer).Bind(2, next).Run();

    public void SetAckOwed(long peer, bool owed) => _ackOwed.Bind(1, peer).Bind(2, owed ? 1L : 0L).Run();

    public void SetFeatures(long peer, PeerFeatures features) =>
        Connection.Run(
            "UPDATE peers SET features = $features WHERE id = $peer",
            ("$peer", peer),
            ("$features", (long)features)
        );

    public void SetAcknowledged(long peer, Position position) =>
        Connection.Run(
            "UPDATE peers SET acknowledged_epoch = $epoch, acknowledged_next = $next WHERE id = $peer",
            ("$peer", peer),
            ("$epoch", (long)position.Epoch),
            ("$next", (long)position.Next)
        );

    public void BeginEpoch(long peer, Change.EpochBegun begun) =>
        Connection.Run(
            "UPDATE peers SET epoch = $epoch, base = 1, next = $next, sent_next = 0, read_by_them = 0, "
                + "checksum = $checksum WHERE id = $peer",
            ("$peer", peer),
            ("$epoch", (long)begun.Epoch),
            ("$next", begun.Ids.Count + 1L),
            ("$checksum", unchecked((long)ItemChecksum.Start))
        );

    public void Accept(long peer, Change.Accepted accepted)
    {
        _ = Connection.Run(
            """
            UPDATE peers SET username = $name, accepted = 1, introduction = $introduction, for_rooms = $rooms,
              unconfirmed = NOT $rooms, their_capability = coalesce($capability, their_capability) WHERE id = $peer
            """,
            ("$peer", peer),
            ("$name", accepted.Name.Value),
            ("$introduction", (long)accepted.Introduction),
            ("$rooms", accepted.IsForRooms ? 1L : 0L),
            ("$capability", accepted.Capability?.ToArray())
        );
        // A member of the same room may still be asking to become a contact.
        if (!accepted.IsForRooms)
        {
            MailRequestTable.Answer(Connection, peer);
        }
    }

    public void SetIntroduction(long peer, Change.Introduced introduced) =>
        Connection.Run(
            """
            UPDATE peers SET introduction = $introduction, unconfirmed = unconfirmed OR $introduction <> 0,
              their_capability = coalesce($capability, their_capability) WHERE id = $peer
            """,
            ("$peer", peer),
            ("$introduction", (long)introduced.Introduction),
            ("$capability", introduced.Capability?.ToArray())
        );

    public void Confirm(long peer) =>
        Connection.Run("UPDATE peers SET unconfirmed = 0 WHERE id = $peer", ("$peer", peer));

    /// <summary>
    /// Withdraws the acceptance, revokes the capability that the peer was given, and deletes its profile.
    /// </summary>
    public void RemoveContact(long peer)
    {
        _ = Connection.Run(
            "INSERT OR IGNORE INTO revoked SELECT capability FROM peers WHERE id = $peer AND capability IS NOT NULL",
            ("$peer", peer)
        );
        _ = Connection.Run(
            "UPDATE peers SET accepted = 0, for_rooms = 0, unconfirmed = 0, introduction = 0, capability = NULL, "
                + "their_capability = NULL WHERE id = $peer",
            ("$peer", peer)
        );
        _ = Connection.Run(
            "DELETE FROM profiles WHERE peer_id = (SELECT peer_id FROM peers WHERE id = $peer)",
            ("$peer", peer)
        );
    }

    private void SetTime(long peer, TimeKind kind, ulong epoch, ulong next) =>
        _happenedAt.Bind(1, peer).Bind(2, (long)kind).Bind(3, epoch).Bind(4, next).Bind(5, Now).Run();
}
