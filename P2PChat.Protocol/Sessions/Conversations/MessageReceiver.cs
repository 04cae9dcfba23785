using P2PChat.Protocol.Content;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>Receives the other side's messages, delivers them in order, and acknowledges them.</summary>
internal sealed class MessageReceiver(
    Inbox inbox,
    Outbox outbox,
    CopyRecovery recovery,
    OwedReplies owed,
    HeldMail heldMail,
    ConversationLinks links,
    ConversationOptions options,
    IConversationHost host
)
{
    /// <summary>The number of deletes that have been received since the start.</summary>
    public long DeletesReceived { get; private set; }

    public static bool IsItem(in IncomingFrame frame) =>
        frame.BodyCase is Frame.BodyOneofCase.Message or Frame.BodyOneofCase.Skip;

    /// <summary>Receives a run of messages and Skips as one step, which is acknowledged once.</summary>
    /// <param name="from">Index of the first one.</param>
    /// <returns>The index after the last frame of the run.</returns>
    public int ReceiveRun(int link, IReadOnlyList<IncomingFrame> frames, int from)
    {
        var next = from;
        // While messages are missing, later ones are dropped: all come again in the other side's next epoch.
        if (inbox.Kept is not null)
        {
            while (next < frames.Count && IsItem(frames[next]))
            {
                next++;
            }

            return next;
        }

        var (before, delivered) = (inbox.State, new List<IncomingMessage>(frames.Count - from));
        var outcome = InboxOutcome.Accepted;
        while (outcome == InboxOutcome.Accepted && next < frames.Count && IsItem(frames[next]))
        {
            outcome = Receive(frames[next++], delivered);
        }

        Deliver(before, delivered);
        if (outcome == InboxOutcome.Accepted || next - from > 1)
        {
            Acknowledge(link);
        }

        if (outcome != InboxOutcome.Accepted)
        {
            host.OnViolation(link);
        }

        return next;
    }

    /// <summary>Receives one message or Skip, which came by mail.</summary>
    public InboxOutcome Receive(in IncomingFrame frame)
    {
        var (before, delivered) = (inbox.State, new List<IncomingMessage>());
        var outcome = Receive(frame, delivered);
        Deliver(before, delivered);
        return outcome;
    }

    /// <summary>Stores what the inbox received, then delivers it.</summary>
    /// <param name="before">The inbox's state before it received.</param>
    public void Deliver(InboxState before, List<IncomingMessage> delivered)
    {
        if (before == inbox.State)
        {
            return;
        }

        if (before.Position.Epoch != inbox.Epoch)
        {
            // Receipts count only for the other side's present epoch.
            owed.IsReceiptOwed = false;
        }

        host.Emit(
            new SessionEffect.Store(
                new Change.Received(inbox.Epoch, inbox.Next, delivered, inbox.Checksum)
                {
                    Kept = inbox.Kept,
                    Cleared = EraseQuotes(delivered),
                }
            )
        );
        foreach (var message in delivered)
        {
            host.Emit(new SessionEffect.Deliver(message));
        }

        heldMail.Release();
    }

    /// <summary>Acknowledges on a link all messages received so far.</summary>
    public void Acknowledge(int link)
    {
        // An acknowledgement of later messages would hide that earlier ones are missing.
        if (inbox.Kept is not null)
        {
            return;
        }

        var ack = new Ack
        {
            Epoch = inbox.Epoch,
            Next = inbox.Next,
            Checksum = inbox.Checksum,
        };
        host.Emit(new SessionEffect.Acknowledge(link, ack));
    }

    /// <inheritdoc cref="Conversation.MarkRead"/>
    public bool MarkRead(ulong epoch, ulong next)
    {
        next = Math.Min(next, inbox.Next);
        if (epoch != inbox.Epoch || next <= inbox.ReadNext)
        {
            return false;
        }

        inbox.ReadNext = next;
        host.Emit(new SessionEffect.Store(new Change.Read(epoch, next)));
        if (!options.ReadReceipts)
        {
            return true;
        }

        if (links.Current is { } link)
        {
            host.Emit(new SessionEffect.Transmit(link, CreateReceipt()));
        }
        else
        {
            owed.IsReceiptOwed = true;
        }

        return true;
    }

    /// <summary>Repeats the last receipt on a new link, because it may have been lost with an earlier one.</summary>
    public void RepeatReceipt(int link)
    {
        if (HasReceipt)
        {
            host.Emit(new SessionEffect.Transmit(link, CreateReceipt()));
        }

        owed.IsReceiptOwed = false;
    }

    /// <summary>Whether there is a receipt that this side's person allows to be sent.</summary>
    public bool HasReceipt => options.ReadReceipts && inbox.ReadNext > 0;

    public Frame CreateReceipt() =>
        new()
        {
            Receipt = new Receipt { Epoch = inbox.Epoch, ReadNext = inbox.ReadNext },
        };

    // A delete erases the deleted text from this side's outbox, too: see TextEraser.
    private IReadOnlyList<ClearedMessage> EraseQuotes(List<IncomingMessage> delivered)
    {
        HashSet<Guid>? deleted = null;
        foreach (var message in delivered)
        {
            if (message.Content is MessageContent.Delete { Id: var id })
            {
                _ = (deleted ??= []).Add(id);
                recovery.NoteDeleted(id);
            }
        }

        if (deleted is null)
        {
            return [];
        }

        DeletesReceived += deleted.Count;
        return TextEraser.EraseQuotes(outbox, deleted);
    }

    private InboxOutcome Receive(in IncomingFrame frame, List<IncomingMessage> delivered)
    {
        if (frame.Plain is { BodyCase: Frame.BodyOneofCase.Skip } skip)
        {
            return inbox.Receive(skip.Skip, delivered);
        }

        var message = frame.Message ?? IncomingMessage.TryFrom(frame.Plain!.Message, frame.Plain.Traceparent);
        // Never acknowledged: a sender that takes this side for a contact would believe that its message was read.
        return message is null || (host.IsForRooms && message.Content is not MessageContent.Room)
            ? InboxOutcome.Invalid
            : inbox.Receive(message, delivered);
    }
}
