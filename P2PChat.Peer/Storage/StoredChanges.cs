using Microsoft.Data.Sqlite;
using P2PChat.Peer.Chat;
using P2PChat.Protocol.Conversations;

namespace P2PChat.Peer.Storage;

/// <summary>Each <see cref="Change"/> as rows. The writer's own: not thread-safe.</summary>
internal sealed class StoredChanges(SqliteConnection connection) : IDisposable
{
    private const int KeptKeys = 1024;

    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    public void Begin() => Execute("BEGIN IMMEDIATE");

    public void Commit() => Execute("COMMIT");

    public void RollBack()
    {
        // SQLite may have done so by itself: a full disk is such a case.
        if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0)
            Execute("ROLLBACK");
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values)
            command.Dispose();
    }

    public void Apply(StoreWork work)
    {
        var peer = RowOf(work.Lane);
        if (work.Key is { } key)
            Apply(peer, key);
        switch (work.Change)
        {
            case Change.Accepted accepted:
                Execute("UPDATE peers SET username = $name, accepted = 1 WHERE id = $peer", ("$peer", peer), ("$name", accepted.Name.Value));
                break;
            case Change.Parted:
                Execute("INSERT OR IGNORE INTO revoked SELECT capability FROM peers WHERE id = $peer AND capability IS NOT NULL", ("$peer", peer));
                Execute("UPDATE peers SET accepted = 0, capability = NULL, their_capability = NULL WHERE id = $peer", ("$peer", peer));
                break;
            case Change.Queued queued:
                Apply(peer, queued);
                break;
            case Change.WentOut sent:
                Apply(peer, sent);
                break;
            case Change.GaveUp given:
                Apply(peer, given);
                break;
            case Change.Cleared cleared:
                Apply(peer, cleared);
                break;
            case Change.EpochBegun begun:
                Apply(peer, begun);
                break;
            case Change.ReadByThem read:
                Execute("UPDATE peers SET read_by_them = $next WHERE id = $peer", ("$peer", peer), ("$next", (long)read.Next));
                Execute(
                    "INSERT INTO read_marks VALUES ($peer, $epoch, $next) ON CONFLICT (peer, epoch) DO UPDATE SET next = excluded.next",
                    ("$peer", peer), ("$epoch", (long)read.Epoch), ("$next", (long)read.Next));
                break;
            case Change.Took took:
                Apply(work.Lane, peer, took);
                break;
            case Change.Read read:
                Execute("UPDATE peers SET read_next = $next WHERE id = $peer", ("$peer", peer), ("$next", (long)read.Next));
                break;
            case Change.AckOwed owed:
                Execute("UPDATE peers SET ack_owed = $owed WHERE id = $peer", ("$peer", peer), ("$owed", owed.Owed ? 1L : 0L));
                break;
        }
    }

    private long RowOf(StoreLane lane)
    {
        if (lane.Row == 0)
        {
            Execute(
                "INSERT INTO peers (peer_id, epoch) VALUES ($id, $epoch) ON CONFLICT (peer_id) DO NOTHING",
                ("$id", lane.Remote.Bytes.ToArray()), ("$epoch", (long)lane.Epoch));
            lane.Row = (long)Prepare("SELECT id FROM peers WHERE peer_id = $id", ("$id", lane.Remote.Bytes.ToArray())).ExecuteScalar()!;
        }

        return lane.Row;
    }

    private void Apply(long peer, IdempotencyEntry key)
    {
        Execute(
            "INSERT INTO idempotency (peer, key, text_hash, id, sent_at) VALUES ($peer, $key, $hash, $id, $at)",
            ("$peer", peer), ("$key", key.Key), ("$hash", key.TextHash.ToArray()), ("$id", key.Id.ToByteArray(bigEndian: true)),
            ("$at", key.SentAt.ToUnixTimeMilliseconds()));
        Execute(
            """
            DELETE FROM idempotency WHERE number <= (SELECT last_insert_rowid()) - $kept * (SELECT count(*) FROM peers)
            """,
            ("$kept", (long)KeptKeys));
    }

    private void Apply(long peer, Change.Queued queued)
    {
        var message = queued.Message;
        Insert(
            peer, outgoing: true, message.Id, queued.Epoch, queued.Sequence, message.SentAt, message.Text,
            queued.Sent ? MessageState.Sent : MessageState.Queued);
        Execute(
            "INSERT INTO outbox (peer, sequence, message, trace) VALUES ($peer, $sequence, last_insert_rowid(), $trace)",
            ("$peer", peer), ("$sequence", (long)queued.Sequence), ("$trace", message.TraceParent));
    }

    private void Apply(long peer, Change.WentOut sent)
    {
        Execute(
            "UPDATE messages SET state = $sent WHERE state = $queued AND position IN (SELECT message FROM outbox WHERE peer = $peer AND sequence >= $from AND sequence < $to)",
            ("$peer", peer), ("$from", (long)sent.From), ("$to", (long)sent.To), ("$sent", (long)MessageState.Sent), ("$queued", (long)MessageState.Queued));
        if (sent.Deposited)
        {
            Execute(
                "UPDATE outbox SET deposited = 1 WHERE peer = $peer AND sequence >= $from AND sequence < $to",
                ("$peer", peer), ("$from", (long)sent.From), ("$to", (long)sent.To));
        }
    }

    private void Apply(long peer, Change.GaveUp given)
    {
        Execute(
            "UPDATE messages SET state = $state, text = iif(hidden, '', text) WHERE position = (SELECT message FROM outbox WHERE peer = $peer AND sequence = $sequence)",
            ("$peer", peer), ("$sequence", (long)given.Sequence), ("$state", (long)StateOf(given.Reason)));
        Execute(
            "UPDATE outbox SET message = NULL, deposited = 0, trace = NULL WHERE peer = $peer AND sequence = $sequence",
            ("$peer", peer), ("$sequence", (long)given.Sequence));
    }

    private void Apply(long peer, Change.Cleared cleared)
    {
        Execute(
            "UPDATE messages SET state = $delivered WHERE position IN (SELECT message FROM outbox WHERE peer = $peer AND sequence < $base)",
            ("$peer", peer), ("$base", (long)cleared.Base), ("$delivered", (long)MessageState.Delivered));
        Execute(
            "UPDATE messages SET text = '' WHERE hidden AND text <> '' AND position IN (SELECT message FROM outbox WHERE peer = $peer AND sequence < $base)",
            ("$peer", peer), ("$base", (long)cleared.Base));
        Execute("DELETE FROM outbox WHERE peer = $peer AND sequence < $base", ("$peer", peer), ("$base", (long)cleared.Base));
        Execute("UPDATE peers SET base = $base WHERE id = $peer", ("$peer", peer), ("$base", (long)cleared.Base));
    }

    private void Apply(long peer, Change.EpochBegun begun)
    {
        var left = new List<(long Message, object Trace)>();
        using (var reader = Prepare("SELECT message, trace FROM outbox WHERE peer = $peer AND message IS NOT NULL ORDER BY sequence", ("$peer", peer)).ExecuteReader())
        {
            while (reader.Read())
                left.Add((reader.GetInt64(0), reader.GetValue(1)));
        }

        Execute("DELETE FROM outbox WHERE peer = $peer", ("$peer", peer));
        for (var i = 0; i < left.Count; i++)
        {
            Execute(
                "INSERT INTO outbox (peer, sequence, message, trace) VALUES ($peer, $sequence, $message, $trace)",
                ("$peer", peer), ("$sequence", i + 1L), ("$message", left[i].Message), ("$trace", left[i].Trace));
            Execute(
                "UPDATE messages SET epoch = $epoch, sequence = $sequence WHERE position = $message",
                ("$epoch", (long)begun.Epoch), ("$sequence", i + 1L), ("$message", left[i].Message));
        }

        Execute("UPDATE peers SET epoch = $epoch, base = 1, read_by_them = 0 WHERE id = $peer", ("$peer", peer), ("$epoch", (long)begun.Epoch));
    }

    private void Apply(StoreLane lane, long peer, Change.Took took)
    {
        foreach (var message in took.Messages)
        {
            var isNew = Insert(
                peer, outgoing: false, message.Id, message.Epoch, message.Sequence, message.SentAt, message.Text, MessageState.Received);
            if (!isNew)
                lane.NoteSeenBefore(message.Id);
        }

        Execute(
            "UPDATE peers SET read_next = iif(their_epoch = $epoch, read_next, 0), their_epoch = $epoch, their_next = $next WHERE id = $peer",
            ("$peer", peer), ("$epoch", (long)took.Epoch), ("$next", (long)took.Next));
    }

    private bool Insert(
        long peer, bool outgoing, Guid id, ulong epoch, ulong sequence, DateTimeOffset sentAt, string text, MessageState state) =>
        Execute(
            """
            INSERT INTO messages (peer, outgoing, id, epoch, sequence, sent_at, text, state)
            VALUES ($peer, $outgoing, $id, $epoch, $sequence, $at, $text, $state) ON CONFLICT (peer, outgoing, id) DO NOTHING
            """,
            ("$peer", peer), ("$outgoing", outgoing ? 1L : 0L), ("$id", id.ToByteArray(bigEndian: true)), ("$epoch", (long)epoch),
            ("$sequence", (long)sequence), ("$at", sentAt.ToUnixTimeMilliseconds()), ("$text", text), ("$state", (long)state)) > 0;

    public static MessageState StateOf(GiveUpReason reason) => reason switch
    {
        GiveUpReason.Expired => MessageState.Expired,
        GiveUpReason.Refused => MessageState.Refused,
        _ => MessageState.TakenBack,
    };

    private int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Prepare(sql, parameters).ExecuteNonQuery();

    private SqliteCommand Prepare(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // Each is a constant of this file.
            command.CommandText = sql;
#pragma warning restore CA2100
            foreach (var (name, _) in parameters)
                _ = command.Parameters.Add(new SqliteParameter { ParameterName = name });
            _commands.Add(sql, command);
        }

        foreach (var (name, value) in parameters)
            command.Parameters[name].Value = value ?? DBNull.Value;
        return command;
    }
}
