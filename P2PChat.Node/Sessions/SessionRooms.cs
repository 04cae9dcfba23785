using P2PChat.Node.Model;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Profiles;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Sessions;

/// <summary>Carries events and signals of rooms to and from the other peer. Guarded by the session's lock.</summary>
internal sealed class SessionRooms(SessionHost host)
{
    // A question makes this peer search the room, so a peer that asks without end gets no more answers.
    private const int MaxSignals = 600;

    private readonly SessionContext _context = host.Context;
    private readonly RateWindow _signals = new(MaxSignals, TimeSpan.FromMinutes(1));

    // The events of the last answer that the other peer has not acknowledged, and the answer that waits for them.
    private readonly HashSet<Guid> _answering = [];
    private (RoomEventId Room, IReadOnlyList<MessageContent.Room> Events)? _nextAnswer;

    // The ends of answers that a later one has replaced: the other peer has to ask for them again.
    private readonly Dictionary<RoomEventId, IReadOnlyList<RoomEventId>> _replaced = [];
    private bool _hasDropped;

    public RoomReceipts Receipts { get; } = new(host);

    // Every member supports rooms, also before the first link.
    private bool IsUnderstood =>
        host.Machine.IsForRooms || (host.Machine.IsContact && host.Machine.Features.HasFlag(PeerFeatures.Rooms));

    /// <summary>Whether the other peer can be invited: it is a contact, and has rooms.</summary>
    public (bool IsContact, bool HasRooms) Reach
    {
        get
        {
            lock (host.StateLock)
            {
                return (host.Machine.IsContact, IsUnderstood);
            }
        }
    }

    /// <summary>Whether the two talk only because both are members of a room.</summary>
    public bool IsAcquaintance
    {
        get
        {
            lock (host.StateLock)
            {
                return host.Machine.IsForRooms;
            }
        }
    }

    /// <summary>Whether messages wait for the other peer.</summary>
    public bool IsDelivering
    {
        get
        {
            lock (host.StateLock)
            {
                return host.Machine.Conversation.Unacknowledged > 0;
            }
        }
    }

    /// <summary>Whether the other peer can be told things that are not stored.</summary>
    public bool IsConnected
    {
        get
        {
            lock (host.StateLock)
            {
                return IsUnderstood && host.Machine.IsConnected;
            }
        }
    }

    /// <summary>Sends an event like a message: in order, once, and by mail if the other peer is away.</summary>
    /// <returns>
    /// False if this session is retired and the caller must use another. What the outbox has no place for is not sent,
    /// and asked for later.
    /// </returns>
    public bool Send(MessageContent.Room roomEvent)
    {
        lock (host.StateLock)
        {
            if (host.Lifecycle.IsRetired)
            {
                return false;
            }

            _ = Queue(roomEvent);
            Deliver();
            return true;
        }
    }

    /// <summary>
    /// Sends the answer to a question. While an earlier one is on its way, the last one waits: questions are short, and
    /// their answers could fill the outbox.
    /// </summary>
    /// <returns>False if this session is retired and the caller must use another.</returns>
    public bool Answer(RoomEventId room, IReadOnlyList<MessageContent.Room> events)
    {
        lock (host.StateLock)
        {
            if (host.Lifecycle.IsRetired)
            {
                return false;
            }

            if (_nextAnswer is { } replaced)
            {
                _replaced[replaced.Room] = [.. replaced.Events.TakeLast(RoomLimits.Asked).Select(one => one.Id)];
            }

            _nextAnswer = (room, events);
            SendAnswer();
            Deliver();
            return true;
        }
    }

    /// <summary>Tells the other peer something on the open link, if there is one.</summary>
    public void Signal(RoomSignal signal)
    {
        lock (host.StateLock)
        {
            if (IsUnderstood && host.Machine.IsConnected && !host.Lifecycle.IsRetired)
            {
                _ = host.Machine.SendRoomSignal(signal);
                host.Drain();
            }
        }
    }

    /// <summary>Answers the request that waits, with the proof of an invite link to a room.</summary>
    /// <param name="refusal">Null if the other peer is invited.</param>
    /// <returns>False if this session is retired and the caller must use another.</returns>
    public bool AnswerLink(RoomInviteRefusal? refusal)
    {
        lock (host.StateLock)
        {
            if (host.Lifecycle.IsRetired)
            {
                return false;
            }

            if (refusal is null)
            {
                _ = host.Machine.AcceptForRooms();
            }
            else
            {
                if (RoomInviteRefusals.StateOf(refusal.Value) is { } state)
                {
                    host.Machine.ReportInvite(state, isForRooms: true);
                }

                _ = host.Machine.RejectForRooms();
            }

            host.Drain();
            return true;
        }
    }

    /// <summary>Removes the texts of events that were deleted for everyone from what waits.</summary>
    public void Erase(Func<RoomEventId, bool> isDeleted)
    {
        lock (host.StateLock)
        {
            if (!host.Lifecycle.IsRetired)
            {
                if (_nextAnswer is var (room, events))
                {
                    _nextAnswer = (room, [.. events.Select(one => isDeleted(one.Id) ? one.WithoutBody() ?? one : one)]);
                }

                host.Machine.Conversation.Erase(isDeleted);
                host.Drain();
            }
        }
    }

    /// <summary>
    /// Removes an acquaintance that shares no room with this peer any more, once it has what this peer has sent: it may
    /// be the last thing that it hears, as that it was removed.
    /// </summary>
    /// <returns>False if this session is retired and the caller must use another.</returns>
    public bool RemoveIfDone()
    {
        lock (host.StateLock)
        {
            return host.Machine is { IsForRooms: true, Conversation.Unacknowledged: 0 }
                ? host.Lifecycle.RemoveContact()
                : !host.Lifecycle.IsRetired;
        }
    }

    internal void OnArrived() => _context.Rooms.Arrived();

    internal void OnSignalled(RoomSignal signal)
    {
        if (IsUnderstood && _signals.TryTake(_context.SteadyClock.GetUtcNow()))
        {
            _context.Rooms.Signalled(host.Remote, signal);
        }
    }

    internal void OnLinkInUse()
    {
        if (IsUnderstood)
        {
            _context.Rooms.Reachable(host.Remote);
        }
    }

    /// <summary>The state of a message with an event has changed.</summary>
    internal void OnReceipt(Guid id, RoomEventId roomEvent, MessageState state)
    {
        if (state == MessageState.Sent)
        {
            return;
        }

        if (state == MessageState.Delivered)
        {
            Receipts.Add(roomEvent);
        }

        // It is no longer in the outbox.
        _ = _answering.Remove(id);
        SendAnswer();
        // The other peer learns from the heads what it has not got.
        if (_hasDropped && HasPlaceFor(bytes: _context.Conversation.OutboxBytes / 4))
        {
            _hasDropped = false;
            OnLinkInUse();
        }
    }

    private void SendAnswer()
    {
        var isOnItsWay = _answering.Count > 0 && host.Machine.Conversation.Unacknowledged > 0;
        if (isOnItsWay)
        {
            return;
        }

        _answering.Clear();
        if (_nextAnswer is not var (_, answer))
        {
            NameReplaced();
            return;
        }

        _nextAnswer = null;
        foreach (var roomEvent in answer)
        {
            if (Queue(roomEvent) is { } id)
            {
                _ = _answering.Add(id);
            }
        }
    }

    // Heads that the other peer does not know, so that it asks again.
    private void NameReplaced()
    {
        foreach (var (room, ids) in _replaced)
        {
            _ = host.Machine.SendRoomSignal(new RoomSignal.Heads(room, ids));
        }

        _replaced.Clear();
    }

    // Half of the outbox stays free for the messages of the conversation itself.
    private bool HasPlaceFor(int bytes) =>
        host.Machine.Conversation.Unacknowledged < _context.Conversation.OutboxMessages / 2
        && host.Machine.Conversation.UnacknowledgedBytes + bytes <= _context.Conversation.OutboxBytes / 2;

    private Guid? Queue(MessageContent.Room roomEvent)
    {
        if (!IsUnderstood)
        {
            return null;
        }

        var now = _context.MessageClock.Now;
        var id = Guid.CreateVersion7(now.Own);
        var isQueued =
            HasPlaceFor(roomEvent.Event.Length)
            && host.Machine.Conversation.Send(
                new OutgoingMessage(
                    id,
                    FallbackText.Room,
                    DateTimeOffset.FromUnixTimeMilliseconds(now.Own.ToUnixTimeMilliseconds())
                )
                {
                    Content = roomEvent,
                    QueuedAtRan = now.Ran,
                    QueuedAtDirectory = now.Directory,
                }
            ) == SendOutcome.Queued;
        _hasDropped |= !isQueued;
        return isQueued ? id : null;
    }

    private void Deliver()
    {
        host.Drain();
        if (!host.Machine.IsConnected && host.NameClaim.Current is { } name)
        {
            // The user decides about the links with contacts. An acquaintance may have ended one too early.
            if (host.Machine.IsForRooms)
            {
                host.Contact.SetPaused(false);
            }

            _context.Reconnect.WantedForRoom(name, host.Remote);
            host.Mail.ExpediteForRoom();
        }
    }
}
