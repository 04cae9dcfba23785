using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// The messages that the users send: plain messages and, in most seeds, messages with content. Checks that each arrives
/// as it was sent, or as a delete has left it.
/// </summary>
internal sealed class SimulatedContents(Simulation world, Random random)
{
    private static readonly string[] Reactions = ["👍", "❤️", "👩🏽‍💻", "🇩🇪", "1️⃣", ""];

    private static readonly uint[] Expiries = [300, 3600, 28_800, 86_400, 604_800, 2_419_200];

    private readonly bool _isUsed = random.Next(10) < 7 || world.Timers.IsUsed;
    private readonly Dictionary<Guid, (int Number, OutgoingMessage Message)> _sent = [];

    /// <summary>Whether a new peer is an older version, which knows no content.</summary>
    public bool DrawIsOld() => _isUsed && random.Next(6) == 0;

    /// <param name="text">A text that no other message has.</param>
    public OutgoingMessage Next(SimulatedSession session, Guid id, string text, TimeReading now)
    {
        var content = DrawContent(session, out var quoted);
        var message = new OutgoingMessage(
            id,
            FallbackText.Of(content, content is MessageContent.Reaction ? quoted : text),
            now.Own
        )
        {
            Content = content,
            ExpiresAfter = MessageContent.IsText(content) ? DrawExpiry(session) : 0,
            QueuedAtRan = now.Ran,
            QueuedAtDirectory = now.Directory,
        };
        _sent.Add(id, (_sent.Count, message));
        return message;
    }

    /// <summary>In which order a message was sent.</summary>
    public int NumberOf(Guid id) => _sent[id].Number;

    /// <summary>What a delete has left of a message that is sent.</summary>
    public static OutgoingMessage Erased(OutgoingMessage message) =>
        message with
        {
            Text = FallbackText.Deleted,
            Content = TargetOf(message) is { } id ? new MessageContent.Delete(id) : null,
        };

    /// <summary>The message whose text one of the same side contains; null if none.</summary>
    public static Guid? TargetOf(OutgoingMessage message) =>
        message.Content switch
        {
            MessageContent.Edit edit => edit.Id,
            MessageContent.Reaction { To: { Yours: false } to } => to.Id,
            null or MessageContent.Reply => message.Id,
            _ => null,
        };

    /// <summary>Whether a message is a reaction to a message of the other side.</summary>
    public static bool Quotes(MessageContent? content, Guid theirs) =>
        content is MessageContent.Reaction { To: { Yours: true } to } && to.Id == theirs;

    /// <summary>Checks a message that a store receives.</summary>
    public void Check(string owner, bool isOld, IncomingMessage received)
    {
        if (!_sent.TryGetValue(received.Id, out var sent))
        {
            return;
        }

        if (received.Text != FallbackText.Deleted && received.ExpiresAfter != (isOld ? 0 : sent.Message.ExpiresAfter))
        {
            world.Checker.Violated($"{owner} has received {received}, whose time is {sent.Message.ExpiresAfter}");
        }

        OutgoingMessage[] expected =
        [
            sent.Message,
            Erased(sent.Message),
            sent.Message with
            {
                Text = FallbackText.Of(sent.Message.Content, ""),
            },
        ];
        if (world.Timers.IsUsed)
        {
            // What has disappeared before it was sent. After a start, an edited message has its last text.
            expected =
            [
                .. expected
                    .Append(sent.Message with { Content = DeleteOf(received.Id) })
                    .Select(one => one with { Text = received.Text }),
            ];
        }

        if (!expected.Any(one => one.Text == received.Text && (isOld ? null : one.Content) == received.Content))
        {
            world.Checker.Violated($"{owner} has received {received}, which was sent as {sent.Message}");
        }
    }

    /// <summary>Checks that nothing of a deleted text leaves a peer.</summary>
    /// <param name="deletes">The deletes of this side: by the deleted message, in which order they were sent.</param>
    /// <param name="deletedByThem">The other side's messages that it has deleted.</param>
    public void CheckErased(
        SimulatedSession session,
        ChatMessage message,
        IReadOnlyDictionary<Guid, int> deletes,
        IReadOnlySet<Guid> deletedByThem
    )
    {
        if (!_sent.TryGetValue(new Guid(message.Id.Span, bigEndian: true), out var sent))
        {
            return;
        }

        var content = sent.Message.Content;
        var mayNotQuote =
            content is MessageContent.Reaction { To: var to }
            && HasText(to.Id)
            && (to.Yours ? deletedByThem.Contains(to.Id) : deletes.ContainsKey(to.Id));
        if (mayNotQuote && message.Text != FallbackText.Deleted && message.Text != FallbackText.Of(content, ""))
        {
            world.Checker.Violated($"{session.Owner} sends '{message.Text}', which quotes a deleted message");
        }

        if (
            TargetOf(sent.Message) is { } target
            && deletes.TryGetValue(target, out var deleted)
            && sent.Number < deleted
            && message.Text != FallbackText.Deleted
        )
        {
            world.Checker.Violated($"{session.Owner} sends '{message.Text}' after it was deleted");
        }
    }

    private static MessageContent.Delete DeleteOf(Guid id) => new(id);

    // What a line about the timer says was not written by anybody, and a delete leaves it.
    private bool HasText(Guid id) =>
        !_sent.TryGetValue(id, out var sent) || MessageContent.IsText(sent.Message.Content);

    // Most messages have the timer of the conversation, as the product's. A peer may send any.
    private uint DrawExpiry(SimulatedSession session) =>
        world.Timers.IsUsed && !session.Owner.IsOld && random.Next(3) > 0
            ? HistoryComparison
                .TimerOf(session.Owner.Store.Contacts.GetValueOrDefault(session.Remote.Label)?.Messages ?? [])
                .Seconds
            : DrawExpiry();

    private uint DrawExpiry() => _isUsed && random.Next(4) == 0 ? Expiries[random.Next(Expiries.Length)] : 0;

    private MessageContent? DrawContent(SimulatedSession session, out string quoted)
    {
        quoted = "";
        if (!_isUsed || session.Owner.IsOld || random.Next(2) == 0)
        {
            return null;
        }

        var contact = session.Owner.Store.Contacts.GetValueOrDefault(session.Remote.Label);
        if (random.Next(world.Timers.IsUsed ? 5 : 12) == 0)
        {
            return HistoryComparison.TimerOf(contact?.Messages ?? []).Set(DrawExpiry());
        }

        var rows = contact?.History.Rows.Where(contact.IsShown).ToList() ?? [];
        var recent = rows.Skip(rows.Count - 12).ToList();
        var row = recent.Count == 0 ? null : recent[random.Next(recent.Count)];
        var kind = random.Next(10);
        // Only own messages can be edited and deleted, but a faulty peer tries others too.
        if (kind >= 6 && random.Next(8) > 0)
        {
            var own = recent.Where(other => other.IsOwn).ToList();
            row = own.Count == 0 ? null : own[random.Next(own.Count)];
        }

        quoted = row?.Text ?? "";
        var id = row is null || random.Next(20) == 0 ? new Guid(random.Next(), 0, 0, new byte[8]) : row.Id;
        var reference = new MessageReference(id, Yours: (row?.IsOwn == false) != (random.Next(20) == 0));
        if (reference.Yours && session.DeletedByThem.Contains(id))
        {
            // As a caller does that reads the message again when a delete has arrived meanwhile.
            quoted = "";
        }

        return kind switch
        {
            < 2 => new MessageContent.Reply(reference),
            < 6 => new MessageContent.Reaction(reference, Reactions[random.Next(Reactions.Length)]),
            < 8 => new MessageContent.Edit(id),
            _ => new MessageContent.Delete(id),
        };
    }
}
