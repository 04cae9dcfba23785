using P2PChat.Protocol.Frames;

namespace P2PChat.Protocol.Conversations;

/// <summary>
/// What one side has sent and the other has not acknowledged: the sequences from <see cref="Base"/> up to, not
/// including, <see cref="Next"/>.
/// </summary>
internal sealed class Outbox(ulong epoch, ConversationOptions options)
{
    private readonly Dictionary<ulong, Entry> _entries = [];
    private int _bytes;
    private ulong _transmitNext = 1;
    private int _bytesInFlight;

    public ulong Epoch { get; private set; } = epoch;

    public ulong Base { get; private set; } = 1;

    public ulong Next { get; private set; } = 1;

    public bool HasRoomFor(int textBytes) =>
        _entries.Count < options.OutboxMessages && _bytes + textBytes <= options.OutboxBytes;

    public void Add(OutgoingMessage message, int textBytes)
    {
        _entries.Add(Next++, new Entry(message, textBytes));
        _bytes += textBytes;
    }

    /// <summary>Turns a message into a Skip.</summary>
    /// <returns>False if it is not, or no longer, here.</returns>
    public bool GiveUp(Guid id, out ulong sequence)
    {
        for (sequence = Base; sequence < Next; sequence++)
        {
            var entry = _entries[sequence];
            if (entry.Message?.Id != id)
                continue;
            _entries[sequence] = new Entry(null, 0);
            _bytes -= entry.TextBytes;
            if (sequence < _transmitNext)
                _bytesInFlight -= entry.TextBytes;
            return true;
        }

        return false;
    }

    /// <summary>Forgets all below <paramref name="next"/>, and adds the ids of what was delivered.</summary>
    public void Acknowledge(ulong next, List<OutgoingMessage> acknowledged)
    {
        for (; Base < next; Base++)
        {
            _ = _entries.Remove(Base, out var entry);
            _bytes -= entry.TextBytes;
            if (Base < _transmitNext)
                _bytesInFlight -= entry.TextBytes;
            if (entry.Message is { } message)
                acknowledged.Add(message);
        }

        _transmitNext = Math.Max(_transmitNext, Base);
    }

    /// <summary>Sends all that is not acknowledged once more, as on another link.</summary>
    public void Rewind()
    {
        _transmitNext = Base;
        _bytesInFlight = 0;
    }

    /// <summary>Numbers what is left from 1 in a new epoch.</summary>
    public void BeginEpoch(ulong epoch)
    {
        var left = new List<Entry>(_entries.Count);
        for (var sequence = Base; sequence < Next; sequence++)
        {
            if (_entries[sequence] is { Message: not null } entry)
                left.Add(entry);
        }

        _entries.Clear();
        (Epoch, Base, Next) = (epoch, 1, 1);
        foreach (var entry in left)
            _entries.Add(Next++, entry);
        Rewind();
    }

    /// <summary>The next frame that the window allows; null if none.</summary>
    public Frame? TryTransmit()
    {
        if (_transmitNext >= Next || _transmitNext - Base >= ConversationOptions.WindowMessages || _bytesInFlight >= ConversationOptions.WindowBytes)
            return null;

        var sequence = _transmitNext++;
        var entry = _entries[sequence];
        _bytesInFlight += entry.TextBytes;
        return entry.Message is { } message ? message.ToFrame(Epoch, sequence) : SkipFrame(sequence);
    }

    public Frame SkipFrame(ulong sequence) => new() { Skip = new Skip { Epoch = Epoch, Sequence = sequence } };

    /// <summary>Whether the sequence has been transmitted on the present link.</summary>
    public bool IsInFlight(ulong sequence) => sequence < _transmitNext;

    private readonly record struct Entry(OutgoingMessage? Message, int TextBytes);
}
