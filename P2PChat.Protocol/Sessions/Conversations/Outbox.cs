using System.Text;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// What one side has sent and the other has not acknowledged: the sequences from <see cref="Base"/> up to, not
/// including, <see cref="Next"/>.
/// </summary>
internal sealed class Outbox
{
    // Six messages that were given up on their way at the same time.
    private const int MaxPossible = 64;

    private readonly ConversationOptions _options;
    private readonly Dictionary<ulong, Entry> _entries = [];
    private int _bytes;
    private ulong _transmitNext;
    private int _bytesInFlight;

    public Outbox(ConversationSnapshot snapshot, ConversationOptions options)
    {
        _options = options;
        (Epoch, Base, Next, ReadByThem) = (snapshot.Epoch, snapshot.Base, snapshot.Base, snapshot.ReadByThem);
        (Checksum, Acknowledged) = (snapshot.Checksum, snapshot.Acknowledged);
        foreach (var entry in snapshot.Outbox)
        {
            var bytes = entry.Message is { } message ? Encoding.UTF8.GetByteCount(message.Text) : 0;
            _entries.Add(
                Next++,
                new Entry(entry.Message, bytes, entry.Sent, entry.Deposited, entry.GivenUpId, entry.Lapsed)
            );
            Lapsed += entry.Lapsed is null ? 0 : 1;
            _bytes += bytes;
        }

        _transmitNext = Base;
    }

    public ulong Epoch { get; private set; }

    public ulong Base { get; private set; }

    public ulong Next { get; private set; }

    /// <summary>The number of unsent Skips whose message may have been taken.</summary>
    public int Lapsed { get; private set; }

    /// <summary>Of what lies below <see cref="Base"/>, as the other side has taken it.</summary>
    public ulong Checksum { get; private set; }

    /// <summary>The highest that the other side has acknowledged, in whichever epoch.</summary>
    public Position Acknowledged { get; private set; }

    /// <summary>Below it all has been transmitted on the present link.</summary>
    public ulong TransmitNext => _transmitNext;

    /// <summary>Below it the other side's person has read; 0 if nothing of this epoch.</summary>
    public ulong ReadByThem { get; set; }

    public IReadOnlyList<OutboxEntry> Entries
    {
        get
        {
            var entries = new List<OutboxEntry>(_entries.Count);
            for (var sequence = Base; sequence < Next; sequence++)
            {
                var entry = _entries[sequence];
                entries.Add(
                    new OutboxEntry(entry.Message, entry.Sent, entry.Deposited, entry.Lapsed)
                    {
                        GivenUpId = entry.GivenUpId,
                    }
                );
            }

            return entries;
        }
    }

    /// <summary>The messages that have not been given up, in their order.</summary>
    public IEnumerable<OutgoingMessage> Messages
    {
        get
        {
            for (var sequence = Base; sequence < Next; sequence++)
            {
                if (_entries[sequence].Message is { } message)
                {
                    yield return message;
                }
            }
        }
    }

    public int RoomMessages => Math.Max(0, _options.OutboxMessages - _entries.Count);

    public int RoomBytes => Math.Max(0, _options.OutboxBytes - _bytes);

    public bool HasRoomFor(int textBytes) => RoomMessages > 0 && textBytes <= RoomBytes;

    /// <returns>Its sequence.</returns>
    public ulong Add(OutgoingMessage message, int textBytes)
    {
        _entries.Add(Next, new Entry(message, textBytes, Sent: false, Deposited: false, GivenUpId: default));
        _bytes += textBytes;
        return Next++;
    }

    /// <summary>Turns a message into a Skip.</summary>
    /// <param name="wasSent">Whether it was transmitted or deposited, in this epoch or an earlier one.</param>
    /// <returns>Null if it is not, or no longer, here.</returns>
    public OutgoingMessage? GiveUp(Guid id, out ulong sequence, out bool wasSent)
    {
        wasSent = false;
        for (sequence = Base; sequence < Next; sequence++)
        {
            var entry = _entries[sequence];
            if (entry.Message?.Id != id)
            {
                continue;
            }

            wasSent = entry.Sent;
            // Whoever has its message in the mailbox must be told of the Skip.
            _entries[sequence] = new Entry(null, 0, Sent: false, Deposited: false, id);
            _bytes -= entry.TextBytes;
            if (sequence < _transmitNext)
            {
                _bytesInFlight -= entry.TextBytes;
            }

            return entry.Message;
        }

        return null;
    }

    /// <summary>Marks a Skip whose message the other side may have taken.</summary>
    public void Lapse(ulong sequence, Guid id)
    {
        _entries[sequence] = _entries[sequence] with { Lapsed = id };
        Lapsed++;
    }

    /// <summary>Notes that the Skip is about to be sent.</summary>
    /// <returns>The message that it replaced; null if it is not such a Skip.</returns>
    public Guid? EndLapse(ulong sequence)
    {
        var entry = _entries[sequence];
        if (entry.Lapsed is null)
        {
            return null;
        }

        _entries[sequence] = entry with { Lapsed = null };
        Lapsed--;
        return entry.Lapsed;
    }

    /// <summary>
    /// Whether what the other side has taken below <paramref name="next"/> can have come from here: a message that was given
    /// up may have been taken before its Skip.
    /// </summary>
    /// <param name="checksum">As it says; unknown from one that does not say.</param>
    public bool CanHaveTaken(ulong next, ulong checksum)
    {
        if (next < Base || checksum == ItemChecksum.Unknown)
        {
            return true;
        }

        Span<ulong> possible = stackalloc ulong[MaxPossible];
        var (count, waits) = (1, false);
        possible[0] = Checksum;
        for (var sequence = Base; sequence < next; sequence++)
        {
            var entry = _entries[sequence];
            waits |= entry.Message is not null;
            var branches = count > 0 && entry.GivenUpId != default;
            // Too many to try. Where no message would be shown as delivered by it, it is believed.
            if (branches && 2 * count > MaxPossible)
            {
                count = 0;
            }

            for (var i = count - 1; i >= 0; i--)
            {
                if (branches)
                {
                    possible[count + i] = ItemChecksum.Append(possible[i], Guid.Empty);
                }

                possible[i] = ItemChecksum.Append(possible[i], entry.ItemId);
            }

            count = branches ? 2 * count : count;
        }

        return count == 0 ? !waits : possible[..count].Contains(checksum);
    }

    /// <summary>Forgets all below <paramref name="next"/>, and adds the messages that were delivered by that.</summary>
    /// <param name="checksum">As the other side says, and it can be; unknown from one that does not say.</param>
    /// <param name="late">Receives the messages that had been given up.</param>
    public void Acknowledge(ulong next, ulong checksum, List<OutgoingMessage> acknowledged, List<Guid> late)
    {
        Forget(next, acknowledged, late);
        Checksum = checksum == ItemChecksum.Unknown ? Checksum : checksum;
        Acknowledged = new Position(Epoch, Base);
    }

    /// <summary>
    /// Drops the Skips ahead of all messages, because a Resume covers them. Keeps those of messages that may have been taken,
    /// because the other side's Resume will tell.
    /// </summary>
    /// <returns>False if there are none.</returns>
    public bool DropLeadingSkips()
    {
        var next = Base;
        while (next < Next && _entries[next] is { Message: null, Lapsed: null })
        {
            next++;
        }

        if (next == Base)
        {
            return false;
        }
        // The other side passes over these without having taken them, and an older copy of this side still has the messages.
        for (var sequence = Base; sequence < next; sequence++)
        {
            _entries[sequence] = _entries[sequence] with { GivenUpId = default };
        }

        Forget(next, [], []);
        return true;
    }

    private void Forget(ulong next, List<OutgoingMessage> acknowledged, List<Guid> late)
    {
        for (; Base < next; Base++)
        {
            _ = _entries.Remove(Base, out var entry);
            _bytes -= entry.TextBytes;
            if (Base < _transmitNext)
            {
                _bytesInFlight -= entry.TextBytes;
            }

            Checksum = ItemChecksum.Append(Checksum, entry.ItemId);
            if (entry.Message is { } message)
            {
                acknowledged.Add(message);
            }

            if (entry.Lapsed is not { } lapsed)
            {
                continue;
            }

            late.Add(lapsed);
            Lapsed--;
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
    /// <param name="recalled">What goes before it again; null if the other side has lost nothing.</param>
    /// <returns>The ids of what is then here, in order.</returns>
    public IReadOnlyList<Guid> BeginEpoch(ulong epoch, Recalled? recalled)
    {
        var left = new List<Entry>(_entries.Count);
        foreach (var message in recalled?.Messages ?? [])
        {
            var bytes = Encoding.UTF8.GetByteCount(message.Text);
            left.Add(new Entry(message, bytes, Sent: true, Deposited: false, GivenUpId: default));
            _bytes += bytes;
        }

        for (var sequence = Base; sequence < Next; sequence++)
        {
            if (_entries[sequence] is { Message: not null } entry)
            {
                left.Add(entry with { Deposited = false });
            }
        }

        _entries.Clear();
        (Epoch, Base, Next, ReadByThem, Checksum, Lapsed) = (epoch, 1, 1, 0, ItemChecksum.Start, 0);
        Acknowledged = recalled?.Kept ?? Acknowledged;
        foreach (var entry in left)
        {
            _entries.Add(Next++, entry);
        }

        Rewind();
        return [.. left.Select(entry => entry.Message!.Id)];
    }

    /// <summary>The next frame that the window allows; null if none.</summary>
    /// <param name="first">The message, if it has never been on its way before.</param>
    public OutgoingFrame? TryTransmit(out ulong sequence, out OutgoingMessage? first)
    {
        (sequence, first) = (_transmitNext, null);
        if (
            _transmitNext >= Next
            || _transmitNext - Base >= ConversationOptions.WindowMessages
            || _bytesInFlight >= ConversationOptions.WindowBytes
        )
        {
            return null;
        }

        _transmitNext++;
        _bytesInFlight += _entries[sequence].TextBytes;
        first = MarkSent(sequence, deposited: false);
        return FrameOf(sequence);
    }

    /// <summary>
    /// The first sequence that is not deposited; null if all are. The Skip of a message that may have been taken does not
    /// justify an envelope, and goes only with later items.
    /// </summary>
    public ulong? FirstNotDeposited
    {
        get
        {
            ulong? first = null;
            for (var sequence = Base; sequence < Next; sequence++)
            {
                if (_entries[sequence].Deposited)
                {
                    continue;
                }

                first ??= sequence;
                if (_entries[sequence].Lapsed is null)
                {
                    return first;
                }
            }

            return null;
        }
    }

    /// <summary>Whether a sequence lies in the mailbox already.</summary>
    public bool IsDeposited(ulong sequence) => _entries[sequence].Deposited;

    /// <summary>Nothing lies in the mailbox any more.</summary>
    /// <returns>False if nothing did.</returns>
    public bool ForgetDeposits()
    {
        var any = false;
        for (var sequence = Base; sequence < Next; sequence++)
        {
            var entry = _entries[sequence];
            any |= entry.Deposited;
            _entries[sequence] = entry with { Deposited = false };
        }

        return any;
    }

    /// <returns>The message, if it has never been on its way before.</returns>
    public OutgoingMessage? MarkSent(ulong sequence, bool deposited)
    {
        var entry = _entries[sequence];
        _entries[sequence] = entry with { Sent = entry.Message is not null, Deposited = entry.Deposited || deposited };
        return entry.Sent ? null : entry.Message;
    }

    public OutgoingFrame FrameOf(ulong sequence) =>
        _entries[sequence].Message is { } message
            ? new OutgoingFrame(message, Epoch, sequence)
            : new OutgoingFrame(
                new Frame
                {
                    Skip = new Skip { Epoch = Epoch, Sequence = sequence },
                }
            );

    /// <summary>Whether it is a message or a Skip.</summary>
    public Frame.BodyOneofCase KindOf(ulong sequence) =>
        _entries[sequence].Message is null ? Frame.BodyOneofCase.Skip : Frame.BodyOneofCase.Message;

    /// <summary>Whether the sequence has been transmitted on the present link.</summary>
    public bool IsInFlight(ulong sequence) => sequence < _transmitNext;

    private readonly record struct Entry(
        OutgoingMessage? Message,
        int TextBytes,
        bool Sent,
        bool Deposited,
        Guid GivenUpId,
        Guid? Lapsed = null
    )
    {
        public Guid ItemId => Message?.Id ?? GivenUpId;
    }
}
