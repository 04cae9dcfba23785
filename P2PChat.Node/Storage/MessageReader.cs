using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>Reads rows of the <c>messages</c> table as the user sees them. Thread-safe.</summary>
internal sealed class MessageReader(Username self)
{
    /// <summary>The state of the message in row <c>m</c> of the peer in row <c>p</c>.</summary>
    // Rows hold only final states. The others follow from the progress of the conversation.
    public const string State = """
        CASE
          WHEN m.state > 2 THEN m.state
          WHEN m.sequence < (SELECT r.next FROM read_marks r WHERE r.peer = m.peer AND r.epoch = m.epoch) THEN 3
          WHEN m.state = 2 OR m.epoch <> p.epoch OR m.sequence < p.base THEN 2
          WHEN m.sequence < p.sent_next THEN 1
          ELSE m.state
        END
        """;

    /// <summary>The state of the change in row <c>c</c>, likewise. A change is delivered, but never read.</summary>
    public const string StateOfChange = """
        CASE
          WHEN c.state > 2 THEN c.state
          WHEN c.state = 2 OR c.epoch <> p.epoch OR c.sequence < p.base THEN 2
          WHEN c.sequence < p.sent_next THEN 1
          ELSE c.state
        END
        """;

    /// <summary>Our changes of message <c>m</c>, by the index that has no others.</summary>
    public const string OurChanges = """
        FROM messages c INDEXED BY messages_our_changes WHERE c.target = m.position AND c.outgoing = 1 AND c.kind > 0
        """;

    /// <summary>What <see cref="Read"/> reads from <see cref="Tables"/>.</summary>
    public static readonly string Columns = $"""
        m.id, m.position, m.outgoing, p.username, m.text, m.sent_at, {State},
        m.edited_at, m.removed, m.our_reaction, m.their_reaction, m.content,
        q.id, q.outgoing, substr(q.text, 1, {MessageQuote.MaxTextLength}), q.hidden <> 0 OR q.removed,
        {LastOf(MessageChange.Reaction, "m.our_reaction IS NOT NULL")},
        {LastOf(MessageChange.Edit, "m.outgoing = 1 AND m.edited_at IS NOT NULL")},
        {LastOf(MessageChange.Delete, "m.outgoing = 1 AND m.removed = 1")},
        m.kind, d.seconds, d.began_own, q.removed = 2,
        EXISTS (SELECT 1 FROM disappearing x WHERE x.message = m.target),
        CASE WHEN q.hidden = 0 AND q.removed = 0 AND substr(q.content, 1, 1) = x'32' THEN q.content END
        """;

    /// <summary>The number of <see cref="Columns"/>.</summary>
    public const int ColumnCount = 25;

    /// <summary>
    /// The message <c>m</c>, its peer <c>p</c>, the message <c>q</c> that it quotes, and how it disappears, <c>d</c>.
    /// </summary>
    public const string Tables = """
        messages m JOIN peers p ON p.id = m.peer LEFT JOIN messages q ON q.position = m.target
        LEFT JOIN disappearing d ON d.message = m.position
        """;

    public Message Read(SqliteDataReader reader)
    {
        var with = Username.Parse(reader.GetString(3));
        var (isOurs, removed) = (reader.GetInt64(2) != 0, reader.GetInt64(8));
        var isRemoved = removed != 0;
        var isTimer = reader.GetInt64(19) == ContentRow.TimerKind;
        return new Message(
            reader.GetMessageId(0),
            reader.GetInt64(1),
            isOurs ? self : with,
            with,
            // While a removed message is in the outbox, its row may have the text that is sent instead.
            isRemoved ? "" : reader.GetString(4),
            reader.GetTime(5),
            (MessageState)reader.GetInt64(6)
        )
        {
            EditedAt = reader.GetTimeOrNull(7),
            IsRemoved = isRemoved,
            HasDisappeared = removed == ContentRow.Disappeared,
            Reactions = ReactionsOf(reader.GetStringOrNull(9), reader.GetStringOrNull(10), with),
            ReplyTo = isRemoved || isTimer || reader.IsDBNull(11) ? null : QuoteOf(reader, isOurs, with),
            File = isRemoved || isTimer ? null : FileOf(reader, 11),
            ChangeState = isRemoved
                ? StateAt(reader, 18)
                : MessageChanges.Least(StateAt(reader, 16), StateAt(reader, 17)),
            Timer = isTimer ? TimerOf(reader) : null,
            ExpiresAfter = reader.IsDBNull(20) ? 0 : (uint)reader.GetInt64(20),
            ExpiresAt = reader.GetTimeOrNull(21)?.AddSeconds(reader.GetInt64(20)),
        };
    }

    /// <summary>Reads one message that is not deleted on this side.</summary>
    public Message? At(SqliteConnection connection, long position) =>
        connection
            .List(
                $"SELECT {Columns} FROM {Tables} WHERE m.position = $position AND m.hidden = 0",
                Read,
                ("$position", position)
            )
            .FirstOrDefault();

    // Most messages have no change of ours, and need no search for it.
    private static string LastOf(MessageChange change, string where) =>
        $"CASE WHEN {where} THEN (SELECT {StateOfChange} {OurChanges} AND c.kind = {(int)change} "
        + "ORDER BY c.position DESC LIMIT 1) END";

    private static MessageState? StateAt(SqliteDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : (MessageState)reader.GetInt64(column);

    private IReadOnlyList<MessageReaction> ReactionsOf(string? ours, string? theirs, Username with) =>
        (ours, theirs) switch
        {
            (null or "", null) => [],
            (_, null) => [new MessageReaction(self, ours)],
            (null or "", _) => [new MessageReaction(with, theirs)],
            _ => [new MessageReaction(with, theirs), new MessageReaction(self, ours)],
        };

    private static uint TimerOf(SqliteDataReader reader) =>
        MessageContent.TryParse(reader.GetBytes(11)) is MessageContent.Timer timer ? timer.Seconds : 0;

    private static MessageFile? FileOf(SqliteDataReader reader, int column) =>
        !reader.IsDBNull(column)
        && MessageContent.TryParse(reader.GetBytes(column)) is MessageContent.File { Offer: var offer }
            ? new MessageFile(offer.Name, offer.Size, offer.MediaType)
            : null;

    // Read from the quoted message each time, so that no copy of its text outlives it.
    private MessageQuote? QuoteOf(SqliteDataReader reader, bool isOurs, Username with)
    {
        if (!reader.IsDBNull(12))
        {
            var isDeleted = reader.GetInt64(15) != 0;
            return new MessageQuote(
                reader.GetMessageId(12),
                reader.GetInt64(13) != 0 ? self : with,
                isDeleted ? null : reader.GetString(14),
                isDeleted
            )
            {
                HasDisappeared = !reader.IsDBNull(22) && reader.GetInt64(22) != 0,
                Disappears = reader.GetInt64(23) != 0,
                File = FileOf(reader, 24),
            };
        }

        return MessageContent.TryParse(reader.GetBytes(11)) is MessageContent.Reply { To: var to }
            ? new MessageQuote(to.Id, to.Yours == isOurs ? with : self, Text: null, IsDeleted: false)
            : null;
    }
}
