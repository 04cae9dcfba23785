using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>Writes rows of the <c>messages</c> table.</summary>
/// <exception cref="SqliteException">The file is damaged.</exception>
internal sealed class MessageStatements : StatementSet
{
    private readonly StoreStatement _insert;
    private readonly StoreStatement _insertContent;
    private readonly StoreStatement _wipe;
    private readonly StoreStatement _dropRoomEvents;
    private readonly StoreStatement _deposited;
    private readonly StoreStatement _giveUp;
    private readonly StoreStatement _skipSent;
    private readonly StoreStatement _delivered;
    private readonly StoreStatement _renumber;
    private readonly StoreStatement _disappears;

    public MessageStatements(SqliteConnection connection)
        : base(connection)
    {
        _insert = Prepare(
            """
            INSERT INTO messages (peer, outgoing, id, epoch, sequence, sent_at, state, trace, text, queued_ran,
              queued_directory)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (peer, outgoing, id) DO NOTHING
            """
        );
        _insertContent = Prepare(
            """
            INSERT INTO messages (peer, outgoing, id, epoch, sequence, sent_at, state, trace, text, queued_ran,
              queued_directory, kind, content, target, hidden)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
              ON CONFLICT (peer, outgoing, id) DO NOTHING
            """
        );
        // A change keeps its content, because it may have to be sent again: see StoredRecall.
        _wipe = Prepare(
            """
            UPDATE messages INDEXED BY messages_leaving SET hidden = 1, text = '',
              content = iif(kind IN (0, 7), NULL, content), target = iif(kind = 0, NULL, target)
            WHERE peer = ?1 AND hidden = 2
            AND (epoch <> (SELECT epoch FROM peers WHERE id = ?1) OR sequence < (SELECT base FROM peers WHERE id = ?1))
            """
        );
        // Never the newest row, because SQLite would use its position again.
        _dropRoomEvents = Prepare(
            """
            DELETE FROM messages INDEXED BY messages_room_events WHERE peer = ?1 AND kind = 7 AND hidden = 1
              AND position < (SELECT max(position) FROM messages)
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
        // No later delete erases the text of an abandoned room event, whose row may stay as long as the member does.
        _giveUp = Prepare(
            """
            UPDATE messages SET state = ?3, deposited = 0, skip_sent = ?4, trace = NULL, text = iif(hidden, '', text),
              content = iif(kind = 7, NULL, content)
            WHERE peer = ?1 AND outgoing = 1 AND id = ?2
            """
        );
        _skipSent = Prepare("UPDATE messages SET skip_sent = 1 WHERE peer = ?1 AND outgoing = 1 AND id = ?2");
        // The line of a failed message whose text is erased is no longer needed. It goes as it leaves the outbox.
        _delivered = Prepare(
            """
            UPDATE messages SET state = 2, hidden = iif(removed = 2 AND hidden = 0, 2, hidden)
            WHERE peer = ?1 AND outgoing = 1 AND id = ?2
            """
        );
        _renumber = Prepare(
            """
            UPDATE messages SET state = iif(state = 0 AND sequence < (SELECT sent_next FROM peers
              WHERE id = ?1), 1, state),
            deposited = 0, epoch = ?3, sequence = ?4 WHERE peer = ?1 AND outgoing = 1 AND id = ?2
            """
        );
        _disappears = Prepare("INSERT INTO disappearing (message, seconds) VALUES (last_insert_rowid(), ?1)");
    }

    /// <returns>False if the message is already stored.</returns>
    /// <param name="text">Stored instead of the message's text; null for that.</param>
    public bool InsertOutgoing(long peer, Change.Queued queued, ContentRow? content = null, string? text = null)
    {
        var message = queued.Message;
        var state = queued.Sent ? MessageState.Sent : MessageState.Queued;
        return Insert(
                    StatementFor(content),
                    peer,
                    1,
                    message.Id,
                    queued.Epoch,
                    queued.Sequence,
                    message.SentAt,
                    state,
                    message.TraceParent
                )
                .Bind(9, text ?? message.Text)
                .Bind(10, (long)message.QueuedAtRan.TotalMilliseconds)
                .Bind(11, message.QueuedAtDirectory?.ToUnixTimeMilliseconds())
                .Run() > 0
            && SetDisappearing(message.ExpiresAfter);
    }

    /// <returns>False if a message with this id is already stored.</returns>
    /// <param name="text">Stored instead of the message's text; null for that.</param>
    public bool InsertIncoming(long peer, IncomingMessage message, ContentRow? content = null, string? text = null)
    {
        var statement = Insert(
            StatementFor(content),
            peer,
            0,
            message.Id,
            message.Epoch,
            message.Sequence,
            message.SentAt,
            MessageState.Received,
            trace: null
        );
        // The text of a change is not needed after it is applied.
        statement =
            content is { IsShown: false } ? statement.Bind(9, "")
            : text is not null ? statement.Bind(9, text)
            : statement.BindText(9, message.Utf8);
        return statement.Bind(10, 0L).Bind(11, (long?)null).Run() > 0 && SetDisappearing(message.ExpiresAfter);
    }

    /// <summary>Wipes the texts of deleted messages that have left the outbox.</summary>
    public void WipeDeleted(long peer)
    {
        if (_wipe.Bind(1, peer).Run() > 0)
        {
            _ = _dropRoomEvents.Bind(1, peer).Run();
        }
    }

    public void SetDeposited(long peer, ulong epoch, ulong from, ulong to, bool deposited) =>
        _deposited.Bind(1, peer).Bind(2, epoch).Bind(3, from).Bind(4, to).Bind(5, deposited ? 1L : 0L).Run();

    public void Abandon(long peer, Change.Abandoned abandoned) =>
        _giveUp
            .Bind(1, peer)
            .Bind(2, abandoned.Id)
            .Bind(3, (long)StateOf(abandoned.Reason))
            .Bind(4, abandoned.MayBeDelivered ? 0L : 1L)
            .Run();

    public void SetSkipSent(long peer, Guid id) => _skipSent.Bind(1, peer).Bind(2, id).Run();

    public void SetDelivered(long peer, Guid id) => _delivered.Bind(1, peer).Bind(2, id).Run();

    /// <summary>Numbers the outbox from 1 in a new epoch.</summary>
    public void Renumber(long peer, Change.EpochBegun begun)
    {
        for (var i = 0; i < begun.Ids.Count; i++)
        {
            _ = _renumber.Bind(1, peer).Bind(2, begun.Ids[i]).Bind(3, begun.Epoch).Bind(4, i + 1L).Run();
        }
    }

    public static MessageState StateOf(AbandonReason reason) =>
        reason switch
        {
            AbandonReason.Expired => MessageState.Expired,
            AbandonReason.Unconfirmed => MessageState.Unconfirmed,
            AbandonReason.Refused => MessageState.Refused,
            _ => throw new ArgumentOutOfRangeException(nameof(reason)),
        };

    // Of the row that was just inserted. Its position is then again the last one inserted.
    private bool SetDisappearing(uint seconds)
    {
        if (seconds > 0)
        {
            _ = _disappears.Bind(1, (long)seconds).Run();
        }

        return true;
    }

    private StoreStatement StatementFor(ContentRow? content) =>
        content is { } row
            ? _insertContent.Bind(12, row.Kind).BindOrNull(13, row.Content).Bind(14, row.Target).Bind(15, row.Hidden)
            : _insert;

    // Everything except the text, which is a string on one side and bytes on the other.
    private static StoreStatement Insert(
        StoreStatement statement,
        long peer,
        long outgoing,
        Guid id,
        ulong epoch,
        ulong sequence,
        DateTimeOffset sentAt,
        MessageState state,
        string? trace
    ) =>
        statement
            .Bind(1, peer)
            .Bind(2, outgoing)
            .Bind(3, id)
            .Bind(4, epoch)
            .Bind(5, sequence)
            .Bind(6, sentAt.ToUnixTimeMilliseconds())
            .Bind(7, (long)state)
            .Bind(8, trace);
}

/// <summary>The columns of a message with content.</summary>
/// <param name="Kind">A <see cref="MessageChange"/>; 0 for a shown message, or a kind of this type.</param>
/// <param name="Content">The serialized content; null if it is not needed.</param>
/// <param name="Target">The position of the message that is quoted or changed; null if unknown.</param>
/// <param name="Hidden">As in the table.</param>
internal readonly record struct ContentRow(long Kind, byte[]? Content, long? Target, long Hidden)
{
    /// <summary>A line of the history that says that a timer was set.</summary>
    public const long TimerKind = 4;

    /// <summary>The value of <c>removed</c> for a message that has disappeared.</summary>
    public const long Disappeared = 2;

    /// <summary>Carries an event of a room, and is deleted once it has left the outbox.</summary>
    public const long RoomKind = 7;

    public bool IsShown => Hidden == 0;
}
