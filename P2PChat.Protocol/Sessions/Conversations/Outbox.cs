using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// The messages that the other side has not acknowledged: the sequences from <see cref="Base"/> up to, but not
/// including, <see cref="Next"/>.
/// </summary>
internal sealed class Outbox
{
    // The part of the room for messages that only deletes may use.
    private const int ReservedPart = 16;

    private readonly ConversationOptions _options;
    private readonly Dictionary<ulong, OutboxItem> _items = [];
    private readonly TransmitWindow _window;
    private int _bytes;

    // Skips that may still be acknowledged as their message.
    private int _undecided;

    public Outbox(ConversationSnapshot snapshot, ConversationOptions options)
    {
        _options = options;
        (Epoch, Base, Next) = (snapshot.Epoch, snapshot.Base, snapshot.Base);
        (Checksum, Acknowledged) = (snapshot.Checksum, snapshot.Acknowledged);
        foreach (var entry in snapshot.Outbox)
        {
            var bytes = entry.Message?.Bytes ?? 0;
            var item = new OutboxItem(entry.Message, bytes, entry.Sent, entry.Deposited, entry.Abandoned);
            _items.Add(Next++, item);
            _bytes += bytes;
            _undecided += item.MayBeDelivered ? 1 : 0;
        }

        _window = new TransmitWindow(Base);
    }

    public ulong Epoch { get; private set; }

    public ulong Base { get; private set; }

    public ulong Next { get; private set; }

    /// <summary>The <see cref="ItemChecksum"/> below <see cref="Base"/>, as received by the other side.</summary>
    public ulong Checksum { get; private set; }

    /// <summary>The highest position that the other side has acknowledged, in any epoch.</summary>
    public Position Acknowledged { get; private set; }

    /// <summary>The next sequence to transmit on the current link.</summary>
    public ulong TransmitNext => _window.Next;

    /// <inheritdoc cref="Conversation.Unacknowledged"/>
    public int Unacknowledged => (int)(Next - Base) - _undecided;

    /// <summary>Room for messages that are not deletes.</summary>
    public int RoomMessages =>
        Math.Max(0, _options.OutboxMessages - _options.OutboxMessages / ReservedPart - _items.Count);

    /// <inheritdoc cref="Conversation.UnacknowledgedBytes"/>
    public int Bytes => _bytes;

    public int RoomBytes => Math.Max(0, _options.OutboxBytes - _bytes);

    public IReadOnlyList<OutboxEntry> Entries => [.. Items.Select(item => item.ToEntry())];

    /// <summary>All messages in order, without the abandoned ones.</summary>
    public IEnumerable<OutgoingMessage> Messages => Items.Select(item => item.Message).OfType<OutgoingMessage>();

    /// <summary>
    /// The first sequence that is not deposited; null if all are. A Skip that may still be acknowledged as its message
    /// does not justify an envelope by itself.
    /// </summary>
    public ulong? FirstNotDeposited
    {
        get
        {
            ulong? first = null;
            for (var sequence = Base; sequence < Next; sequence++)
            {
                var item = _items[sequence];
                if (item.Deposited)
                {
                    continue;
                }

                first ??= sequence;
                if (!item.MayBeDelivered)
                {
                    return first;
                }
            }

            return null;
        }
    }

    public bool HasRoomFor(int textBytes) => RoomMessages > 0 && textBytes <= RoomBytes;

    /// <summary>Whether a delete fits. Its text is short, and it frees the room of the deleted text.</summary>
    public bool HasRoomForDelete => _items.Count < _options.OutboxMessages;

    /// <returns>The message's sequence.</returns>
    public ulong Add(OutgoingMessage message, int textBytes)
    {
        _items.Add(Next, new OutboxItem(message, textBytes, Sent: false, Deposited: false, Abandoned: null));
        _bytes += textBytes;
        return Next++;
    }

    /// <summary>Replaces a message by a Skip.</summary>
    /// <param name="wasSent">See <see cref="OutboxItem.Sent"/>.</param>
    /// <returns>The message; null if it is not in the outbox.</returns>
    public OutgoingMessage? Abandon(Guid id, out ulong sequence, out bool wasSent)
    {
        wasSent = false;
        for (sequence = Base; sequence < Next; sequence++)
        {
            var item = _items[sequence];
            if (item.Message?.Id != id)
            {
                continue;
            }

            wasSent = item.Sent;
            // Not deposited, even if its message is: the Skip must follow the message into the mailbox.
            _items[sequence] = new OutboxItem(
                Message: null,
                TextBytes: 0,
                Sent: false,
                Deposited: false,
                new AbandonedMessage(id, MayBeDelivered: false)
            );
            _bytes -= item.TextBytes;
            _window.Release(sequence, item.TextBytes);
            return item.Message;
        }

        return null;
    }

    /// <summary>Replaces a message with another that has the same id and is sent in its place.</summary>
    public void Replace(ulong sequence, OutgoingMessage message)
    {
        var item = _items[sequence];
        var bytes = message.Bytes;
        _items[sequence] = item with { Message = message, TextBytes = bytes };
        _bytes += bytes - item.TextBytes;
        _window.Release(sequence, item.TextBytes - bytes);
    }

    /// <summary>Marks a Skip whose message the other side may have received.</summary>
    public void MarkMayBeDelivered(ulong sequence)
    {
        var item = _items[sequence];
        _items[sequence] = item with { Abandoned = item.Abandoned!.Value with { MayBeDelivered = true } };
        _undecided++;
    }

    /// <summary>Records that a Skip is about to be sent, from when on an acknowledgement may be for the Skip.</summary>
    /// <returns>The id of its message, if that may have been delivered; otherwise null.</returns>
    public Guid? MarkSkipSent(ulong sequence)
    {
        var item = _items[sequence];
        if (item.Abandoned is not { MayBeDelivered: true } abandoned)
        {
            return null;
        }

        _items[sequence] = item with { Abandoned = abandoned with { MayBeDelivered = false } };
        _undecided--;
        return abandoned.Id;
    }

    /// <summary>Whether this side may have sent what the other claims to have received.</summary>
    /// <param name="next">All sequences below were received.</param>
    /// <param name="checksum">The other side's checksum; unknown from an older version.</param>
    public bool MatchesChecksum(ulong next, ulong checksum)
    {
        if (next < Base || checksum == ItemChecksum.Unknown)
        {
            return true;
        }

        return ChecksumCandidates.Of(this, next, stackalloc ulong[ChecksumCandidates.Capacity]).Contains(checksum);
    }

    /// <summary>Removes all sequences below <paramref name="next"/>.</summary>
    /// <param name="checksum">The other side's checksum, which must match; unknown from an older version.</param>
    /// <param name="acknowledged">Receives the delivered messages.</param>
    /// <param name="late">Receives the ids of abandoned messages that turn out to be delivered.</param>
    public void Acknowledge(ulong next, ulong checksum, List<OutgoingMessage> acknowledged, List<Guid> late)
    {
        // After a restore to an older state, the other side may acknowledge a Skip that this side has not
        // recorded as sent.
        var skips =
            _undecided > 0 && next > Base && checksum != ItemChecksum.Unknown
                ? ChecksumCandidates.Of(this, next, stackalloc ulong[ChecksumCandidates.Capacity]).SkipsOf(checksum)
                : 0;
        for (; Base < next; Base++)
        {
            var item = Remove(Base);
            Checksum = ItemChecksum.Append(Checksum, item.ItemId);
            if (item.Message is { } message)
            {
                acknowledged.Add(message);
            }
            else if (item.Abandoned is { } abandoned)
            {
                if (abandoned.MayBeDelivered)
                {
                    _undecided--;
                    if ((skips & 1) == 0)
                    {
                        late.Add(abandoned.Id);
                    }
                }

                skips >>= 1;
            }
        }

        Checksum = checksum == ItemChecksum.Unknown ? Checksum : checksum;
        Acknowledged = new Position(Epoch, Base);
        _window.SkipTo(Base);
    }

    /// <summary>
    /// Drops the Skips before the first message, because a Resume covers them. Keeps Skips that may still be
    /// acknowledged as their message, because the other side's Resume will tell.
    /// </summary>
    /// <returns>False if there are none.</returns>
    public bool DropLeadingSkips()
    {
        var first = Base;
        while (Base < Next && _items[Base] is { Message: null, MayBeDelivered: false })
        {
            // Counted as a Skip, because the other side passes over it without receiving the message.
            _ = Remove(Base++);
            Checksum = ItemChecksum.Append(Checksum, Guid.Empty);
        }

        _window.SkipTo(Base);
        return Base > first;
    }

    /// <summary>Transmits all unacknowledged sequences again, as on another link.</summary>
    public void Rewind() => _window.Reset(Base);

    /// <summary>Renumbers all messages from 1 in a new epoch. Skips are dropped.</summary>
    /// <param name="recalled">Messages to send again first; null if the other side has lost none.</param>
    /// <returns>The ids of all messages in their new order.</returns>
    public IReadOnlyList<Guid> BeginEpoch(ulong epoch, Recalled? recalled)
    {
        var left = new List<OutboxItem>(_items.Count);
        foreach (var message in recalled?.Messages ?? [])
        {
            var bytes = message.Bytes;
            left.Add(new OutboxItem(message, bytes, Sent: true, Deposited: false, Abandoned: null));
            _bytes += bytes;
        }

        for (var sequence = Base; sequence < Next; sequence++)
        {
            if (_items[sequence] is { Message: not null } item)
            {
                left.Add(item with { Deposited = false });
            }
        }

        _items.Clear();
        (Epoch, Base, Next, Checksum, _undecided) = (epoch, 1, 1, ItemChecksum.Start, 0);
        Acknowledged = recalled?.Kept ?? Acknowledged;
        foreach (var item in left)
        {
            _items.Add(Next++, item);
        }

        Rewind();
        return [.. left.Select(item => item.Message!.Id)];
    }

    /// <summary>Takes the next frame that the window allows; null if none.</summary>
    /// <param name="first">The message, if it was never sent before.</param>
    public OutgoingFrame? TryTransmit(out ulong sequence, out OutgoingMessage? first)
    {
        (sequence, first) = (_window.Next, null);
        if (sequence >= Next || !_window.HasRoom(Base))
        {
            return null;
        }

        _window.Advance(_items[sequence].TextBytes);
        first = MarkSent(sequence, deposited: false);
        return FrameOf(sequence);
    }

    /// <summary>Marks a message as transmitted or deposited.</summary>
    /// <returns>The message, if it was never sent before.</returns>
    public OutgoingMessage? MarkSent(ulong sequence, bool deposited)
    {
        var item = _items[sequence];
        _items[sequence] = item with { Sent = item.Message is not null, Deposited = item.Deposited || deposited };
        return item.Sent ? null : item.Message;
    }

    /// <summary>Marks all sequences as not deposited.</summary>
    /// <returns>False if none was deposited.</returns>
    public bool ForgetDeposits()
    {
        var any = false;
        for (var sequence = Base; sequence < Next; sequence++)
        {
            var item = _items[sequence];
            any |= item.Deposited;
            _items[sequence] = item with { Deposited = false };
        }

        return any;
    }

    public OutboxItem this[ulong sequence] => _items[sequence];

    public bool IsDeposited(ulong sequence) => _items[sequence].Deposited;

    /// <summary>Whether the sequence was transmitted on the current link.</summary>
    public bool IsInFlight(ulong sequence) => sequence < _window.Next;

    public OutgoingFrame FrameOf(ulong sequence) => _items[sequence].ToFrame(Epoch, sequence);

    public Frame.BodyOneofCase KindOf(ulong sequence) => _items[sequence].Kind;

    private IEnumerable<OutboxItem> Items
    {
        get
        {
            for (var sequence = Base; sequence < Next; sequence++)
            {
                yield return _items[sequence];
            }
        }
    }

    private OutboxItem Remove(ulong sequence)
    {
        _ = _items.Remove(sequence, out var item);
        _bytes -= item.TextBytes;
        _window.Release(sequence, item.TextBytes);
        return item;
    }
}
