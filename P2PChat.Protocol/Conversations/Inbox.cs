using P2PChat.Protocol.Frames;

namespace P2PChat.Protocol.Conversations;

/// <summary>
/// What one side has taken of the other's messages: all below <see cref="Next"/> of <see cref="Epoch"/>. What lies
/// behind a gap is held, within the window.
/// </summary>
internal sealed class Inbox
{
    // A sender stops at WindowBytes, but for the last message.
    private const int MaxHeldBytes = ConversationOptions.WindowBytes + ConversationOptions.MaxTextBytes;

    // Null for a Skip.
    private readonly Dictionary<ulong, IncomingMessage?> _held = [];
    private int _heldBytes;

    public Inbox(ConversationSnapshot snapshot) =>
        (Epoch, Next, ReadNext) = (snapshot.TheirEpoch, snapshot.TheirNext, snapshot.ReadNext);

    /// <summary>0 until the other side said its own.</summary>
    public ulong Epoch { get; private set; }

    public ulong Next { get; private set; }

    /// <summary>Below it this side's person has read; 0 if nothing of this epoch.</summary>
    public ulong ReadNext { get; set; }

    /// <summary>The other side says in which epoch it sends, and from where.</summary>
    public void Resume(ulong epoch, ulong sendBase, List<IncomingMessage> delivered)
    {
        if (epoch > Epoch)
        {
            (Epoch, Next, ReadNext) = (epoch, sendBase, 0);
            _held.Clear();
            _heldBytes = 0;
        }
        else if (epoch == Epoch && sendBase > Next)
        {
            // It believes that we have these; we lost them, and they will not come again.
            foreach (var sequence in _held.Keys.Where(held => held < sendBase).Order().ToList())
                TakeHeld(sequence, delivered);
            Next = sendBase;
            TakeRun(delivered);
        }
    }

    public InboxOutcome Take(IncomingMessage message, List<IncomingMessage> delivered) =>
        Take(message.Epoch, message.Sequence, message, delivered);

    public InboxOutcome Take(Skip skip, List<IncomingMessage> delivered) =>
        Take(skip.Epoch, skip.Sequence, message: null, delivered);

    private InboxOutcome Take(ulong epoch, ulong sequence, IncomingMessage? message, List<IncomingMessage> delivered)
    {
        // Nobody's epoch is 0; before a Resume it is what stands here for theirs.
        if (epoch > Epoch || epoch == 0 || sequence == 0)
            return InboxOutcome.Bad;

        // Of an epoch that is over, or a duplicate.
        if (epoch < Epoch || sequence < Next)
            return InboxOutcome.Fine;
        if (sequence - Next >= ConversationOptions.WindowMessages)
            return InboxOutcome.TooFar;

        if (sequence == Next)
        {
            // A Skip does not undo a message that is held; what came first counts.
            if (!TakeHeld(sequence, delivered) && message is not null)
                delivered.Add(message);
            Next++;
            TakeRun(delivered);
            return InboxOutcome.Fine;
        }

        var bytes = BytesOf(message);
        if (_heldBytes + bytes > MaxHeldBytes)
            return InboxOutcome.TooFar;
        if (_held.TryAdd(sequence, message))
            _heldBytes += bytes;
        return InboxOutcome.Fine;
    }

    private void TakeRun(List<IncomingMessage> delivered)
    {
        while (TakeHeld(Next, delivered))
            Next++;
    }

    private bool TakeHeld(ulong sequence, List<IncomingMessage> delivered)
    {
        if (!_held.Remove(sequence, out var message))
            return false;
        _heldBytes -= BytesOf(message);
        if (message is not null)
            delivered.Add(message);
        return true;
    }

    private static int BytesOf(IncomingMessage? message) => message?.Utf8.Length ?? 0;
}

/// <summary>What became of one message or Skip.</summary>
internal enum InboxOutcome
{
    /// <summary>Taken, held, or a duplicate.</summary>
    Fine,

    /// <summary>More than may be held behind a gap.</summary>
    TooFar,

    /// <summary>It breaks the protocol, however it came.</summary>
    Bad,
}
