using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Sessions.Conversations;
using SQLitePCL;

namespace P2PChat.Node.Storage;

/// <summary>
/// Each <see cref="Change"/> as rows. A message is a row that is written once; how far a conversation has come is noted
/// once in a transaction, however many messages moved it. The writer's own: not thread-safe.
/// </summary>
internal sealed class ChangeApplier : IDisposable
{
    private const int KeptKeys = 1024;
    private const int PatienceMilliseconds = 30_000;

    private readonly SqliteConnection _connection;
    private readonly List<StoreStatement> _statements = [];
    private readonly HashSet<ConversationWriter> _touched = [];
    private readonly StoreStatement _begin;
    private readonly StoreStatement _commit;
    private readonly StoreStatement _insert;
    private readonly StoreStatement _ownProgress;
    private readonly StoreStatement _theirProgress;
    private readonly StoreStatement _wipe;
    private readonly StoreStatement _deposited;
    private readonly StoreStatement _giveUp;
    private readonly StoreStatement _skipSent;
    private readonly StoreStatement _deliveredLate;
    private readonly StoreStatement _renumber;
    private readonly StoreStatement _readByThem;
    private readonly StoreStatement _readMark;
    private readonly StoreStatement _read;
    private readonly StoreStatement _ackOwed;
    private readonly StoreStatement _key;
    private readonly StoreStatement _oldKeys;

    /// <exception cref="SqliteException">The file is damaged.</exception>
    public ChangeApplier(SqliteConnection connection)
    {
        _connection = connection;
        // As the connection's own commands wait.
        _ = raw.sqlite3_busy_timeout(connection.Handle, PatienceMilliseconds);
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _insert = Prepare(
            """
            INSERT INTO messages (peer, outgoing, id, epoch, sequence, sent_at, state, trace, text, queued_ran, queued_directory)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (peer, outgoing, id) DO NOTHING
            """
        );
        _ownProgress = Prepare(
            """
            UPDATE peers SET checksum = iif(?2 > base, ?5, checksum), base = max(base, ?2), next = max(next, ?3), sent_next = max(sent_next, ?4),
            acknowledged_epoch = iif(?6, epoch, acknowledged_epoch), acknowledged_next = iif(?6, ?6, acknowledged_next) WHERE id = ?1
            """
        );
        _theirProgress = Prepare(
            """
            UPDATE peers SET read_next = iif(their_epoch = ?2, read_next, 0), their_epoch = ?2, their_next = ?3, their_checksum = ?4,
            their_kept_epoch = ?5, their_kept_next = ?6 WHERE id = ?1
            """
        );
        _wipe = Prepare(
            """
            UPDATE messages INDEXED BY messages_leaving SET hidden = 1, text = '' WHERE peer = ?1 AND hidden = 2
            AND (epoch <> (SELECT epoch FROM peers WHERE id = ?1) OR sequence < (SELECT base FROM peers WHERE id = ?1))
            """
        );
        _deposited = Prepare(
            """
            WITH hidden AS (SELECT position FROM messages INDEXED BY messages_leaving
              WHERE peer = ?1 AND hidden = 2 AND epoch = ?2 AND sequence >= ?3 AND sequence < ?4)
            UPDATE messages SET deposited = ?5 WHERE position IN (
              SELECT position FROM (SELECT position FROM messages INDEXED BY messages_peer
                WHERE peer = ?1 AND outgoing = 1 AND hidden = 0 AND epoch = ?2 AND sequence >= ?3 AND sequence < ?4
                ORDER BY position DESC LIMIT ?4 - ?3 - (SELECT count(*) FROM hidden))
              UNION ALL SELECT position FROM hidden)
            """
        );
        _giveUp = Prepare(
            """
            UPDATE messages SET state = ?3, deposited = 0, skip_sent = ?4, trace = NULL, text = iif(hidden, '', text)
            WHERE peer = ?1 AND outgoing = 1 AND id = ?2
            """
        );
        _skipSent = Prepare("UPDATE messages SET skip_sent = 1 WHERE peer = ?1 AND outgoing = 1 AND id = ?2");
        _deliveredLate = Prepare("UPDATE messages SET state = 2 WHERE peer = ?1 AND outgoing = 1 AND id = ?2");
        _renumber = Prepare(
            """
            UPDATE messages SET state = iif(state = 0 AND sequence < (SELECT sent_next FROM peers WHERE id = ?1), 1, state),
            deposited = 0, epoch = ?3, sequence = ?4 WHERE peer = ?1 AND outgoing = 1 AND id = ?2
            """
        );
        _readByThem = Prepare("UPDATE peers SET read_by_them = ?2 WHERE id = ?1");
        _readMark = Prepare(
            "INSERT INTO read_marks VALUES (?1, ?2, ?3) ON CONFLICT (peer, epoch) DO UPDATE SET next = excluded.next"
        );
        _read = Prepare("UPDATE peers SET read_next = ?2 WHERE id = ?1");
        _ackOwed = Prepare("UPDATE peers SET ack_owed = ?2 WHERE id = ?1");
        _key = Prepare("INSERT INTO idempotency (peer, key, text_hash, id, sent_at) VALUES (?1, ?2, ?3, ?4, ?5)");
        _oldKeys = Prepare(
            "DELETE FROM idempotency WHERE number <= (SELECT last_insert_rowid()) - ?1 * (SELECT count(*) FROM peers)"
        );
    }

    public void Begin() => _begin.Run();

    public void Commit() => _commit.Run();

    public void RollBack()
    {
        // A row may have been made by what is taken back.
        foreach (var lane in _touched)
        {
            lane.Row = 0;
            lane.Progress.Clear();
        }

        _touched.Clear();
        // SQLite may have done so by itself: a full disk is such a case.
        if (raw.sqlite3_get_autocommit(_connection.Handle) == 0)
        {
            StoreSchema.Execute(_connection, "ROLLBACK");
        }
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }
    }

    /// <summary>Writes one change, but for how far it moves its conversation: <see cref="NoteProgress()"/> does.</summary>
    public void Apply(in StoreWork work)
    {
        var (lane, peer) = (work.Lane, RowOf(work.Lane));
        _ = _touched.Add(lane);
        if (work.Key is { } key)
        {
            Apply(peer, key);
        }

        switch (work.Change)
        {
            case Change.Queued queued:
                var message = queued.Message;
                var state = queued.Sent ? MessageState.Sent : MessageState.Queued;
                _ = Insert(
                        peer,
                        1,
                        message.Id,
                        queued.Epoch,
                        queued.Sequence,
                        message.SentAt,
                        state,
                        message.TraceParent
                    )
                    .Bind(9, message.Text)
                    .Bind(10, (long)message.QueuedAtRan.TotalMilliseconds)
                    .Bind(11, message.QueuedAtDirectory?.ToUnixTimeMilliseconds())
                    .Run();
                lane.Progress.Next = queued.Sequence + 1;
                break;
            case Change.Took took:
                Apply(lane, peer, took);
                break;
            case Change.Cleared cleared:
                (lane.Progress.Base, lane.Progress.Checksum) = (cleared.Base, cleared.Checksum);
                lane.Progress.Acknowledged = cleared.Acknowledged ? cleared.Base : lane.Progress.Acknowledged;
                foreach (var id in cleared.Late)
                {
                    _ = _deliveredLate.Bind(1, peer).Bind(2, id).Run();
                }

                break;
            case Change.WentOut sent:
                lane.Progress.SentNext = Math.Max(lane.Progress.SentNext, sent.To);
                if (sent.Deposited)
                {
                    SetDeposited(lane, peer, sent.Epoch, sent.From, sent.To, deposited: true);
                }

                break;
            case Change.DepositsLost lost:
                SetDeposited(lane, peer, lost.Epoch, lost.From, lost.To, deposited: false);
                break;
            case Change.GaveUp given:
                _ = _giveUp
                    .Bind(1, peer)
                    .Bind(2, given.Id)
                    .Bind(3, (long)StateOf(given.Reason))
                    .Bind(4, given.MayBeTaken ? 0L : 1L)
                    .Run();
                break;
            case Change.SkipSent skipped:
                _ = _skipSent.Bind(1, peer).Bind(2, skipped.Id).Run();
                break;
            case Change.EpochBegun begun:
                Apply(lane, peer, begun);
                break;
            case Change.ReadByThem read:
                _ = _readByThem.Bind(1, peer).Bind(2, read.Next).Run();
                _ = _readMark.Bind(1, peer).Bind(2, read.Epoch).Bind(3, read.Next).Run();
                break;
            case Change.Read read:
                NoteProgress(lane);
                _ = _read.Bind(1, peer).Bind(2, read.Next).Run();
                break;
            case Change.AckOwed owed:
                _ = _ackOwed.Bind(1, peer).Bind(2, owed.Owed ? 1L : 0L).Run();
                break;
            case Change.Accepted accepted:
                Execute(
                    "UPDATE peers SET username = $name, accepted = 1 WHERE id = $peer",
                    ("$peer", peer),
                    ("$name", accepted.Name.Value)
                );
                break;
            case Change.Parted:
                Execute(
                    "INSERT OR IGNORE INTO revoked SELECT capability FROM peers WHERE id = $peer AND capability IS NOT NULL",
                    ("$peer", peer)
                );
                Execute(
                    "UPDATE peers SET accepted = 0, capability = NULL, their_capability = NULL WHERE id = $peer",
                    ("$peer", peer)
                );
                break;
        }
    }

    /// <summary>Notes how far the conversations have come; to be called before the transaction is committed.</summary>
    public void NoteProgress()
    {
        foreach (var lane in _touched)
        {
            NoteProgress(lane);
        }

        _touched.Clear();
    }

    private void NoteProgress(ConversationWriter lane)
    {
        var progress = lane.Progress;
        if (progress.Base > 0 || progress.Next > 0 || progress.SentNext > 0)
        {
            _ = _ownProgress
                .Bind(1, lane.Row)
                .Bind(2, progress.Base)
                .Bind(3, progress.Next)
                .Bind(4, progress.SentNext)
                .Bind(5, progress.Checksum)
                .Bind(6, progress.Acknowledged)
                .Run();
        }

        if (progress.Base > 0)
        {
            _ = _wipe.Bind(1, lane.Row).Run();
        }

        if (progress.TheirEpoch > 0)
        {
            _ = _theirProgress
                .Bind(1, lane.Row)
                .Bind(2, progress.TheirEpoch)
                .Bind(3, progress.TheirNext)
                .Bind(4, progress.TheirChecksum)
                .Bind(5, (long?)progress.TheirKept?.Epoch)
                .Bind(6, (long?)progress.TheirKept?.Next)
                .Run();
        }

        progress.Clear();
    }

    private long RowOf(ConversationWriter lane)
    {
        if (lane.Row == 0)
        {
            Execute(
                "INSERT INTO peers (peer_id, epoch) VALUES ($id, $epoch) ON CONFLICT (peer_id) DO NOTHING",
                ("$id", lane.Remote.Bytes.ToArray()),
                ("$epoch", (long)lane.Epoch)
            );
            using var command = StoredMessages.Command(
                _connection,
                "SELECT id FROM peers WHERE peer_id = $id",
                ("$id", lane.Remote.Bytes.ToArray())
            );
            lane.Row = (long)command.ExecuteScalar()!;
        }

        return lane.Row;
    }

    private void SetDeposited(ConversationWriter lane, long peer, ulong epoch, ulong from, ulong to, bool deposited)
    {
        NoteProgress(lane);
        _ = _deposited.Bind(1, peer).Bind(2, epoch).Bind(3, from).Bind(4, to).Bind(5, deposited ? 1L : 0L).Run();
    }

    private void Apply(long peer, IdempotencyEntry key)
    {
        _ = _key.Bind(1, peer)
            .Bind(2, key.Key)
            .Bind(3, key.TextHash.Span)
            .Bind(4, key.Id)
            .Bind(5, key.SentAt.ToUnixTimeMilliseconds())
            .Run();
        _ = _oldKeys.Bind(1, KeptKeys).Run();
    }

    private void Apply(ConversationWriter lane, long peer, Change.Took took)
    {
        // Where an epoch ended is kept.
        if (lane.Progress.TheirEpoch > 0 && lane.Progress.TheirEpoch != took.Epoch)
        {
            NoteProgress(lane);
        }

        foreach (var message in took.Messages)
        {
            var insert = Insert(
                    peer,
                    0,
                    message.Id,
                    message.Epoch,
                    message.Sequence,
                    message.SentAt,
                    MessageState.Received,
                    trace: null
                )
                .Bind(10, 0L)
                .Bind(11, (long?)null);
            if (insert.BindText(9, message.Utf8).Run() == 0)
            {
                lane.NoteSeenBefore(message.Id);
            }
        }

        (lane.Progress.TheirEpoch, lane.Progress.TheirNext, lane.Progress.TheirChecksum, lane.Progress.TheirKept) = (
            took.Epoch,
            took.Next,
            took.Checksum,
            took.Kept
        );
    }

    private void Apply(ConversationWriter lane, long peer, Change.EpochBegun begun)
    {
        NoteProgress(lane);
        if (begun.Recalled is { } recalled)
        {
            StoredRecall.Mark(_connection, peer, recalled);
            Execute(
                "UPDATE peers SET acknowledged_epoch = $epoch, acknowledged_next = $next WHERE id = $peer",
                ("$peer", peer),
                ("$epoch", (long)recalled.Kept.Epoch),
                ("$next", (long)recalled.Kept.Next)
            );
        }

        for (var i = 0; i < begun.Ids.Count; i++)
        {
            _ = _renumber.Bind(1, peer).Bind(2, begun.Ids[i]).Bind(3, begun.Epoch).Bind(4, i + 1L).Run();
        }

        Execute(
            "UPDATE peers SET epoch = $epoch, base = 1, next = $next, sent_next = 0, read_by_them = 0, checksum = $checksum WHERE id = $peer",
            ("$peer", peer),
            ("$epoch", (long)begun.Epoch),
            ("$next", begun.Ids.Count + 1L),
            ("$checksum", unchecked((long)ItemChecksum.Start))
        );
        // What had been given up is in the outbox no longer.
        _ = _wipe.Bind(1, peer).Run();
    }

    // All but the text, which is a string on one side and bytes on the other.
    private StoreStatement Insert(
        long peer,
        long outgoing,
        Guid id,
        ulong epoch,
        ulong sequence,
        DateTimeOffset sentAt,
        MessageState state,
        string? trace
    ) =>
        _insert
            .Bind(1, peer)
            .Bind(2, outgoing)
            .Bind(3, id)
            .Bind(4, epoch)
            .Bind(5, sequence)
            .Bind(6, sentAt.ToUnixTimeMilliseconds())
            .Bind(7, (long)state)
            .Bind(8, trace);

    public static MessageState StateOf(GiveUpReason reason) =>
        reason switch
        {
            GiveUpReason.Expired => MessageState.Expired,
            GiveUpReason.Unconfirmed => MessageState.Unconfirmed,
            GiveUpReason.Refused => MessageState.Refused,
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };

    private StoreStatement Prepare(string sql)
    {
        var statement = new StoreStatement(_connection.Handle!, sql);
        _statements.Add(statement);
        return statement;
    }

    // What is seldom done.
    private void Execute(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using var command = StoredMessages.Command(_connection, sql, parameters);
        _ = command.ExecuteNonQuery();
    }
}
