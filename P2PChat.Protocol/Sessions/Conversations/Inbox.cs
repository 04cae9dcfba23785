using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>Result of receiving one message or Skip.</summary>
internal enum InboxOutcome
{
    /// <summary>Received, held behind a gap, or a duplicate.</summary>
    Accepted,

    /// <summary>Too far behind a gap to be held.</summary>
    BeyondWindow,

    /// <summary>Breaks the protocol, on a link as well as by mail.</summary>
    Invalid,
}

/// <summary>The part of an <see cref="Inbox"/> that must be stored when it changes.</summary>
internal readonly record struct InboxState(Position Position, ulong Checksum, Position? Kept);

/// <summary>
/// The received messages of the other side: all sequences below <see cref="Next"/> of <see cref="Epoch"/>. Messages
/// behind a gap are held, within the window.
/// </summary>
internal sealed class Inbox
{
    // A sender may exceed WindowBytes by its last message.
    private const int MaxHeldBytes = ConversationOptions.WindowBytes + ConversationOptions.MaxTextBytes;

    // By sequence; null for a Skip.
    private readonly Dictionary<ulong, IncomingMessage?> _held = [];
    private int _heldBytes;

    public Inbox(ConversationSnapshot snapshot) =>
        (Epoch, Next, ReadNext, Checksum, Kept, Past) = (
            snapshot.TheirEpoch,
            snapshot.TheirNext,
            snapshot.ReadNext,
            snapshot.TheirChecksum,
            snapshot.TheirKept,
            snapshot.TheirPast
        );

    /// <summary>The other side's epoch; 0 before its first Resume.</summary>
    public ulong Epoch { get; private set; }

    public ulong Next { get; private set; }

    /// <summary>
    /// The <see cref="ItemChecksum"/> below <see cref="Next"/>; unknown if the other side never sent its own.
    /// </summary>
    public ulong Checksum { get; private set; }

    public Position Position => new(Epoch, Next);

    public InboxState State => new(Position, Checksum, Kept);

    /// <summary>
    /// Start of the missing messages; null if none are missing. Set when the other side relies on an acknowledgement
    /// that this side has forgotten. Until the next epoch nothing is acknowledged, and messages are received only by
    /// mail.
    /// </summary>
    public Position? Kept { get; private set; }

    /// <summary>How far this side has received the earlier epochs.</summary>
    public PastEpochs Past { get; private set; }

    /// <summary>This side's person has read all sequences below; 0 if none of this epoch.</summary>
    public ulong ReadNext { get; set; }

    /// <summary>Applies the epoch and base that the other side sends from.</summary>
    /// <param name="onLink">Whether it arrived on a link. In an envelope it may be outdated.</param>
    public void Resume(Resume resume, bool onLink, List<IncomingMessage> delivered)
    {
        var (epoch, sendBase) = (resume.SendEpoch, resume.SendBase);
        // There is no epoch above the highest, so a sender that must begin another starts over from the lowest.
        var startsOver = Epoch >= Epochs.HighestOwn && onLink && epoch != Epoch;
        if (epoch < Epoch && !startsOver)
        {
            return;
        }

        var acknowledged = new Position(resume.AcknowledgedEpoch, resume.AcknowledgedNext);
        var kept = acknowledged.Epoch <= epoch && !startsOver ? KeptOf(acknowledged) : null;
        if (epoch != Epoch)
        {
            Past = Past.With(Kept ?? Position, epoch);
            (Epoch, Next, ReadNext, Checksum, Kept) = (epoch, sendBase, 0, resume.SendChecksum, kept);
            _held.Clear();
            _heldBytes = 0;
            return;
        }

        if (kept is { } left && !(Kept <= left))
        {
            Kept = left;
        }

        if (sendBase > Next)
        {
            SkipTo(sendBase, resume.SendChecksum, delivered);
        }
        else if (sendBase == Next && Checksum == ItemChecksum.Unknown)
        {
            Checksum = resume.SendChecksum;
        }
    }

    public InboxOutcome Receive(IncomingMessage message, List<IncomingMessage> delivered) =>
        Receive(message.Epoch, message.Sequence, message, delivered);

    public InboxOutcome Receive(Skip skip, List<IncomingMessage> delivered) =>
        Receive(skip.Epoch, skip.Sequence, message: null, delivered);

    private InboxOutcome Receive(ulong epoch, ulong sequence, IncomingMessage? message, List<IncomingMessage> delivered)
    {
        // No peer uses epoch 0, which is this side's value before the first Resume.
        if (epoch == 0 || sequence == 0 || epoch > Epoch)
        {
            return InboxOutcome.Invalid;
        }

        // From an earlier epoch, or a duplicate.
        if (epoch < Epoch || sequence < Next)
        {
            return InboxOutcome.Accepted;
        }

        if (sequence - Next >= ConversationOptions.WindowMessages)
        {
            return InboxOutcome.BeyondWindow;
        }

        if (sequence == Next)
        {
            // The first to arrive counts: a Skip does not replace a message that is held.
            if (!TryDeliverHeld(sequence, delivered))
            {
                Deliver(message, delivered);
            }

            Next++;
            DeliverHeldRun(delivered);
            return InboxOutcome.Accepted;
        }

        return Hold(sequence, message);
    }

    private InboxOutcome Hold(ulong sequence, IncomingMessage? message)
    {
        var bytes = BytesOf(message);
        if (_heldBytes + bytes > MaxHeldBytes)
        {
            return InboxOutcome.BeyondWindow;
        }

        if (_held.TryAdd(sequence, message))
        {
            _heldBytes += bytes;
        }

        return InboxOutcome.Accepted;
    }

    // The sender has abandoned everything below its base that did not arrive.
    private void SkipTo(ulong sendBase, ulong checksum, List<IncomingMessage> delivered)
    {
        foreach (var sequence in _held.Keys.Where(held => held < sendBase).Order().ToList())
        {
            _ = TryDeliverHeld(sequence, delivered);
        }

        (Next, Checksum) = (sendBase, checksum);
        DeliverHeldRun(delivered);
    }

    private Position? KeptOf(Position acknowledged)
    {
        if (acknowledged.Epoch < Epoch)
        {
            return Past.KeptOf(acknowledged);
        }

        var all = Kept ?? Position;
        return acknowledged > all ? all : null;
    }

    private void DeliverHeldRun(List<IncomingMessage> delivered)
    {
        while (TryDeliverHeld(Next, delivered))
        {
            Next++;
        }
    }

    private bool TryDeliverHeld(ulong sequence, List<IncomingMessage> delivered)
    {
        if (!_held.Remove(sequence, out var message))
        {
            return false;
        }

        _heldBytes -= BytesOf(message);
        Deliver(message, delivered);
        return true;
    }

    private void Deliver(IncomingMessage? message, List<IncomingMessage> delivered)
    {
        Checksum = ItemChecksum.Append(Checksum, message?.Id ?? Guid.Empty);
        if (message is not null)
        {
            delivered.Add(message);
        }
    }

    private static int BytesOf(IncomingMessage? message) => message?.Bytes ?? 0;
}
