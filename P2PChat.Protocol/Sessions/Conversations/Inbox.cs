using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

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
        (Epoch, Next, ReadNext, Checksum, Kept, Past) = (
            snapshot.TheirEpoch,
            snapshot.TheirNext,
            snapshot.ReadNext,
            snapshot.TheirChecksum,
            snapshot.TheirKept,
            snapshot.TheirPast
        );

    /// <summary>0 until the other side said its own.</summary>
    public ulong Epoch { get; private set; }

    public ulong Next { get; private set; }

    /// <summary>Of what lies below <see cref="Next"/>; unknown if the other side has not said with what it begins.</summary>
    public ulong Checksum { get; private set; }

    /// <summary>Up to where all has been taken.</summary>
    public Position Position => new(Epoch, Next);

    /// <summary>What has to be kept when it changes.</summary>
    public (Position At, ulong Checksum, Position? Kept) Stand => (Position, Checksum, Kept);

    /// <summary>
    /// Below it this side has all; null if nothing is missing. It is lower where the other side relies on what this side has
    /// lost, and stays so until another epoch begins: of this one nothing is acknowledged, and nothing taken but by mail.
    /// </summary>
    public Position? Kept { get; private set; }

    /// <summary>Up to where this side has all of the earlier epochs.</summary>
    public PastEpochs Past { get; private set; }

    /// <summary>Below it this side's person has read; 0 if nothing of this epoch.</summary>
    public ulong ReadNext { get; set; }

    /// <summary>The other side says in which epoch it sends, and from where.</summary>
    /// <param name="onLink">Whether it is what the other side says now; in an envelope it may be old.</param>
    public void Resume(Resume resume, bool onLink, List<IncomingMessage> delivered)
    {
        var (epoch, sendBase) = (resume.SendEpoch, resume.SendBase);
        // Above the highest there is none: a sender that must begin another goes back to the lowest.
        var isHighest = Epoch >= Epochs.HighestOwn && onLink && epoch != Epoch;
        if (epoch < Epoch && !isHighest)
        {
            return;
        }

        var acknowledged = new Position(resume.AcknowledgedEpoch, resume.AcknowledgedNext);
        var kept = acknowledged.Epoch <= epoch && !isHighest ? KeptOf(acknowledged) : null;
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
            // What was given up, and will not come.
            foreach (var sequence in _held.Keys.Where(held => held < sendBase).Order().ToList())
            {
                TakeHeld(sequence, delivered);
            }

            (Next, Checksum) = (sendBase, resume.SendChecksum);
            TakeRun(delivered);
        }
        else if (sendBase == Next && Checksum == ItemChecksum.Unknown)
        {
            Checksum = resume.SendChecksum;
        }
    }

    public InboxOutcome Take(IncomingMessage message, List<IncomingMessage> delivered) =>
        Take(message.Epoch, message.Sequence, message, delivered);

    public InboxOutcome Take(Skip skip, List<IncomingMessage> delivered) =>
        Take(skip.Epoch, skip.Sequence, message: null, delivered);

    private InboxOutcome Take(ulong epoch, ulong sequence, IncomingMessage? message, List<IncomingMessage> delivered)
    {
        // Epoch 0 is never used. Their epoch is 0 here until a Resume arrives.
        if (epoch == 0 || sequence == 0)
        {
            return InboxOutcome.Bad;
        }

        if (epoch > Epoch)
        {
            return InboxOutcome.Bad;
        }

        // Of an epoch that is over, or a duplicate.
        if (epoch < Epoch || sequence < Next)
        {
            return InboxOutcome.Fine;
        }

        if (sequence - Next >= ConversationOptions.WindowMessages)
        {
            return InboxOutcome.TooFar;
        }

        if (sequence == Next)
        {
            // A Skip does not undo a message that is held; what came first counts.
            if (!TakeHeld(sequence, delivered))
            {
                Checksum = ItemChecksum.Append(Checksum, message?.Id ?? Guid.Empty);
                if (message is not null)
                {
                    delivered.Add(message);
                }
            }

            Next++;
            TakeRun(delivered);
            return InboxOutcome.Fine;
        }

        var bytes = BytesOf(message);
        if (_heldBytes + bytes > MaxHeldBytes)
        {
            return InboxOutcome.TooFar;
        }

        if (_held.TryAdd(sequence, message))
        {
            _heldBytes += bytes;
        }

        return InboxOutcome.Fine;
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

    private void TakeRun(List<IncomingMessage> delivered)
    {
        while (TakeHeld(Next, delivered))
        {
            Next++;
        }
    }

    private bool TakeHeld(ulong sequence, List<IncomingMessage> delivered)
    {
        if (!_held.Remove(sequence, out var message))
        {
            return false;
        }

        _heldBytes -= BytesOf(message);
        Checksum = ItemChecksum.Append(Checksum, message?.Id ?? Guid.Empty);
        if (message is not null)
        {
            delivered.Add(message);
        }

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
