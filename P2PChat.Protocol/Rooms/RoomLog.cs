using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>Whether a message counts, as the members see it now.</summary>
public enum MessageStatus
{
    Counts,

    /// <summary>
    /// Its author was removed or has left, and whoever removed them had not seen it. Shown as sent after removal, if it
    /// was shown before.
    /// </summary>
    AfterRemoval,
}

/// <summary>Two events of one author with the same predecessor.</summary>
public sealed record RoomFork(PeerId Author, RoomEventId One, RoomEventId Other);

/// <summary>What adding an event to a <see cref="RoomLog"/> has led to.</summary>
public sealed class RoomAddition
{
    internal List<RoomEvent> PlacedEvents { get; } = [];
    internal HashSet<RoomEventId> MovedEvents { get; } = [];
    internal List<RoomEventId> DroppedEvents { get; } = [];
    internal List<(RoomEvent, RoomRefusal)> RefusedEvents { get; } = [];
    internal List<RoomFork> FoundForks { get; } = [];

    /// <summary>Events that have got their place, each after its membership parents.</summary>
    public IReadOnlyList<RoomEvent> Placed => PlacedEvents;

    /// <summary>Messages that have another place than before.</summary>
    public IReadOnlyCollection<RoomEventId> Moved => MovedEvents;

    /// <summary>Events that wait no longer, and are not in the log.</summary>
    public IReadOnlyList<RoomEventId> Dropped => DroppedEvents;

    public IReadOnlyList<(RoomEvent Event, RoomRefusal Refusal)> Refused => RefusedEvents;

    public IReadOnlyList<RoomFork> Forks => FoundForks;

    /// <summary>Whether the event waits for others.</summary>
    public bool IsWaiting { get; internal set; }

    /// <summary>Whether the event was known. Its body may be new.</summary>
    public bool IsDuplicate { get; internal set; }

    /// <summary>Whether the event was known without the body that it has now.</summary>
    public bool HasNewBody { get; internal set; }
}

/// <summary>
/// The events of one room: who is in it, and its messages in their order. Both are the same for the same set of events,
/// however they arrive.
/// </summary>
public sealed class RoomLog
{
    private readonly MembershipLog _membership = new();
    private readonly MessageLog _messages;
    private readonly PendingEvents _pending = new();
    private readonly Dictionary<(PeerId, bool, RoomEventId?), RoomEventId> _successors = [];
    private readonly Dictionary<PeerId, int> _forks = [];
    private readonly Dictionary<PeerId, int> _afterRemoval = [];
    private RemovalMarks? _removals;

    public RoomLog(RoomEventId room)
    {
        Room = room;
        _messages = new MessageLog(_membership);
    }

    public RoomEventId Room { get; }

    /// <summary>Who is in the room now.</summary>
    public RoomState State => _membership.Current.State;

    internal MembershipLog Membership => _membership;

    internal MessageLog Messages => _messages;

    internal PendingEvents Pending => _pending;

    /// <summary>The ids of all messages in their order.</summary>
    public IEnumerable<RoomEventId> Order => _messages.Ordered.Select(node => node.Event.Id);

    /// <summary>An event that has its place; null if there is none.</summary>
    public RoomEvent? Find(RoomEventId id) => _membership.Find(id)?.Event ?? _messages.Find(id)?.Event;

    /// <summary>Adds an event that was verified.</summary>
    public RoomAddition Add(RoomEvent roomEvent)
    {
        ArgumentNullException.ThrowIfNull(roomEvent);
        var addition = new RoomAddition();
        if (roomEvent.Room != Room)
        {
            addition.RefusedEvents.Add((roomEvent, RoomRefusal.WrongRoom));
        }
        else if (Find(roomEvent.Id) is { } known)
        {
            addition.IsDuplicate = true;
            addition.HasNewBody = known.Body is null && roomEvent.Body is not null;
            if (addition.HasNewBody)
            {
                Replace(roomEvent);
            }
        }
        else if (_pending.Contains(roomEvent.Id))
        {
            addition.IsDuplicate = true;
        }
        else
        {
            Take(roomEvent, addition, mayWait: true);
            addition.IsWaiting = _pending.Contains(roomEvent.Id);
        }

        return addition;
    }

    /// <summary>
    /// Places a message that waits for other messages, without them. Membership events are waited for.
    /// </summary>
    public RoomAddition Release(RoomEventId id)
    {
        var addition = new RoomAddition();
        if (_pending.Find(id) is { IsMembership: false } message && message.Heads.All(IsMembershipEvent))
        {
            _pending.Remove(id);
            Take(message, addition, mayWait: false);
        }

        return addition;
    }

    /// <summary>Whether a message counts now. Null if it has no place.</summary>
    public MessageStatus? StatusOf(RoomEventId id) => _messages.Find(id) is { } node ? Removals.StatusOf(node) : null;

    /// <summary>Removes a body, for a message that was deleted for everyone. The event stays.</summary>
    public void RemoveBody(RoomEventId id)
    {
        if (Find(id) is { } known)
        {
            Replace(known.WithoutBody());
        }
    }

    internal RemovalMarks Removals => _removals ??= new RemovalMarks(_membership, _messages);

    private void Take(RoomEvent first, RoomAddition addition, bool mayWait)
    {
        var queue = new Queue<RoomEvent>([first]);
        while (queue.TryDequeue(out var next))
        {
            // It may have been enqueued twice, by two events for which it has waited.
            if (next != first && !_pending.Contains(next.Id))
            {
                continue;
            }

            var missing = Missing(next, withMessages: mayWait || next != first, out var isWrong);
            _pending.Remove(next.Id);
            var refusal =
                isWrong ? RoomRefusal.WrongParent
                : missing.Count > 0 ? Wait(next, missing, addition)
                : Place(next, addition);
            if (refusal is { } reason)
            {
                addition.RefusedEvents.Add((next, reason));
                addition.DroppedEvents.Add(next.Id);
            }
            else if (missing.Count == 0)
            {
                foreach (var waiting in _pending.WaitingFor(next.Id))
                {
                    queue.Enqueue(waiting);
                }
            }
        }
    }

    private RoomRefusal? Wait(RoomEvent roomEvent, IReadOnlyList<RoomEventId> missing, RoomAddition addition)
    {
        var account = State.IsMember(roomEvent.Author) ? roomEvent.Author : default;
        if (!_pending.TryAdd(roomEvent, account, missing, out var evicted))
        {
            return RoomRefusal.TooManyWaiting;
        }

        if (evicted is { } id)
        {
            addition.DroppedEvents.Add(id);
        }

        return null;
    }

    private RoomRefusal? Place(RoomEvent roomEvent, RoomAddition addition)
    {
        var key = (roomEvent.Author, roomEvent.IsMembership, roomEvent.Previous);
        var isFork = _successors.TryGetValue(key, out var other);
        var forks = _forks.GetValueOrDefault(roomEvent.Author) + (isFork ? 1 : 0);
        if (isFork && forks > RoomLimits.Forks && !_pending.IsNeededByOthers(roomEvent))
        {
            return RoomRefusal.TooMany;
        }

        if (!roomEvent.IsMembership && IsUseless(roomEvent))
        {
            return RoomRefusal.TooMany;
        }

        var refusal = roomEvent.IsMembership
            ? _membership.Add(roomEvent)
            : _messages.Add(roomEvent, addition.MovedEvents);
        if (refusal is not null)
        {
            return refusal;
        }

        if (isFork)
        {
            _forks[roomEvent.Author] = forks;
            addition.FoundForks.Add(new RoomFork(roomEvent.Author, other, roomEvent.Id));
        }
        else
        {
            _successors.Add(key, roomEvent.Id);
        }

        _removals = null;
        addition.PlacedEvents.Add(roomEvent);
        if (!roomEvent.IsMembership && StatusOf(roomEvent.Id) == MessageStatus.AfterRemoval)
        {
            _afterRemoval[roomEvent.Author] = _afterRemoval.GetValueOrDefault(roomEvent.Author) + 1;
        }

        return null;
    }

    // One more message of a removed member who goes on, to which no other member refers.
    private bool IsUseless(RoomEvent message) =>
        _afterRemoval.GetValueOrDefault(message.Author) >= RoomLimits.AfterRemoval
        && !State.IsMember(message.Author)
        && !_pending.IsNeededByOthers(message);

    // A membership event needs all that it names. A message needs its membership heads, and waits a while for the rest.
    private List<RoomEventId> Missing(RoomEvent roomEvent, bool withMessages, out bool isWrong)
    {
        if (roomEvent.IsMembership)
        {
            isWrong = roomEvent.References.Any(id => _messages.Find(id) is not null);
            return [.. roomEvent.References.Distinct().Where(id => !IsMembershipEvent(id))];
        }

        isWrong = roomEvent.Heads.Any(id => _messages.Find(id) is not null);
        var missing = roomEvent.Heads.Where(id => !IsMembershipEvent(id));
        return
        [
            .. withMessages
                ? missing.Concat(MessageLog.MessageReferences(roomEvent).Where(id => Find(id) is null))
                : missing,
        ];
    }

    private bool IsMembershipEvent(RoomEventId id) => _membership.Find(id) is not null;

    private void Replace(RoomEvent roomEvent)
    {
        if (_membership.Find(roomEvent.Id) is { } node)
        {
            node.Event = roomEvent;
        }
        else if (_messages.Find(roomEvent.Id) is { } message)
        {
            message.Event = roomEvent;
        }
    }
}
