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

    /// <summary>Events added to the log, each after its membership parents.</summary>
    public IReadOnlyList<RoomEvent> Placed => PlacedEvents;

    /// <summary>Messages that have another place than before.</summary>
    public IReadOnlyCollection<RoomEventId> Moved => MovedEvents;

    /// <summary>Events that wait no longer, and are not in the log.</summary>
    public IReadOnlyList<RoomEventId> Dropped => DroppedEvents;

    public IReadOnlyList<(RoomEvent Event, RoomRefusal Refusal)> Refused => RefusedEvents;

    /// <summary>The first fork of each author and class.</summary>
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
    private readonly RemovalMarks _removals;
    private readonly DirectLimits _limits;
    private readonly Dictionary<PeerId, ReadOnlyMemory<byte>> _keys = [];
    private readonly HashSet<PeerId> _haveMovedMany = [];
    private readonly HashSet<PeerId> _forked = [];

    public RoomLog(RoomEventId room)
    {
        Room = room;
        _messages = new MessageLog(_membership);
        _removals = new RemovalMarks(_membership, _messages);
        _limits = new DirectLimits(this);
        Past = new CompletePast(_membership, _messages);
    }

    public RoomEventId Room { get; }

    /// <summary>Who is in the room now.</summary>
    public RoomState State => _membership.Current.State;

    internal MembershipLog Membership => _membership;

    internal MessageLog Messages => _messages;

    internal PendingEvents Pending => _pending;

    internal CompletePast Past { get; }

    internal RemovalMarks Removals => _removals;

    /// <summary>Messages that are not shown, because they were sent after removal and never shown before.</summary>
    internal HashSet<RoomEventId> Hidden { get; } = [];

    /// <summary>Messages and edits that the user has deleted on this peer only.</summary>
    internal HashSet<RoomEventId> Forgotten { get; } = [];

    /// <summary>What authors have deleted for everyone.</summary>
    internal HashSet<(PeerId Author, RoomEventId Message)> TakenBack { get; } = [];

    /// <summary>The authors of forks.</summary>
    public IReadOnlyCollection<PeerId> Forked => _forked;

    /// <summary>The ids of all messages in their order.</summary>
    public IEnumerable<RoomEventId> Order => _messages.Ordered.Select(node => node.Event.Id);

    /// <inheritdoc cref="MembershipLog.RemoverOf"/>
    public PeerId? RemoverOf(PeerId peer) => _membership.RemoverOf(peer);

    /// <summary>An event that was placed; null if there is none.</summary>
    public RoomEvent? Find(RoomEventId id) => _membership.Find(id)?.Event ?? _messages.Find(id)?.Event;

    /// <summary>An event that waits for others; null if there is none.</summary>
    public RoomEvent? FindWaiting(RoomEventId id) => _pending.Find(id);

    /// <summary>Whether an event was placed, or waits for others.</summary>
    public bool Contains(RoomEventId id) => Find(id) is not null || _pending.Contains(id);

    /// <summary>Whether an event is known with its whole past, but for what members have declined to give.</summary>
    public bool IsComplete(RoomEventId id) => IsMembershipEvent(id) || Past.IsComplete(id);

    /// <summary>Adds an event that was verified.</summary>
    /// <param name="from">The peer that has sent it. Limits apply to what authors send themselves.</param>
    public RoomAddition Add(RoomEvent roomEvent, PeerId from = default) => Add(roomEvent, from, mayWait: true);

    /// <summary>Adds an event of this peer, which waits for nothing.</summary>
    internal RoomAddition AddOwn(RoomEvent roomEvent) => Add(roomEvent, from: default, mayWait: false);

    /// <summary>
    /// Places a message that waits for other messages, without them. Membership events are waited for.
    /// </summary>
    public RoomAddition Release(RoomEventId id)
    {
        var addition = new RoomAddition();
        if (_pending.Find(id) is { IsMembership: false } message && message.Heads.All(IsMembershipEvent))
        {
            var from = _pending.SenderOf(id);
            _pending.Remove(id);
            Take(message, from, addition, mayWait: false);
        }

        return addition;
    }

    /// <summary>
    /// Time has passed, so that late messages of each author may move many others again. Those that wait for that are
    /// placed by <see cref="Release"/>.
    /// </summary>
    internal void AllowMoves() => _haveMovedMany.Clear();

    /// <summary>Whether a message counts now. Null if it was not placed.</summary>
    public MessageStatus? StatusOf(RoomEventId id) => _messages.Find(id) is { } node ? Removals.StatusOf(node) : null;

    /// <summary>Whether only the user has deleted a message, or an edit, and not its author for everyone.</summary>
    public bool IsOnlyForgotten(RoomEventId id) =>
        Forgotten.Contains(id) && Find(id) is { } forgotten && !TakenBack.Contains((forgotten.Author, id));

    /// <summary>Removes a body, for a message that was deleted. The event stays.</summary>
    public void RemoveBody(RoomEventId id)
    {
        if (_messages.Find(id) is { } known)
        {
            known.Event = known.Event.WithoutBody();
        }
        else if (_pending.Find(id) is { } waiting)
        {
            _ = _pending.TryReplace(waiting.WithoutBody());
        }
    }

    private RoomAddition Add(RoomEvent roomEvent, PeerId from, bool mayWait)
    {
        ArgumentNullException.ThrowIfNull(roomEvent);
        var addition = new RoomAddition();
        if (roomEvent.Room != Room)
        {
            addition.RefusedEvents.Add((roomEvent, RoomRefusal.WrongRoom));
        }
        else if ((Find(roomEvent.Id) ?? _pending.Find(roomEvent.Id)) is { } known)
        {
            addition.IsDuplicate = true;
            addition.HasNewBody = known.Body is null && roomEvent.Body is not null && TryReplace(roomEvent);
        }
        else
        {
            Take(roomEvent, from, addition, mayWait);
            addition.IsWaiting = _pending.Contains(roomEvent.Id);
        }

        return addition;
    }

    private void Take(RoomEvent first, PeerId from, RoomAddition addition, bool mayWait)
    {
        var queue = new Queue<(RoomEvent Event, PeerId From)>([(first, from)]);
        while (queue.TryDequeue(out var next))
        {
            // It may have been enqueued twice, by two events for which it has waited.
            if (next.Event != first && !_pending.Contains(next.Event.Id))
            {
                continue;
            }

            var missing = Missing(next.Event, withMessages: mayWait || next.Event != first, out var isWrong);
            // One that goes on waiting keeps its place, although its author may be a member now, or no longer.
            var account = _pending.AccountOf(next.Event.Id);
            _pending.Remove(next.Event.Id);
            var refusal =
                isWrong ? RoomRefusal.WrongParent
                : missing.Count > 0 || HasToWait(next.Event, next.From)
                    ? Wait(next.Event, next.From, account, missing, addition)
                : Place(next.Event, next.From, addition);
            if (refusal is { } reason)
            {
                addition.RefusedEvents.Add((next.Event, reason));
                addition.DroppedEvents.Add(next.Event.Id);
                Past.Decline(next.Event.Id);
                if (isWrong)
                {
                    RefuseDependants(next.Event, addition);
                }
            }
            else if (!_pending.Contains(next.Event.Id))
            {
                foreach (var waiting in _pending.WaitingFor(next.Event.Id))
                {
                    queue.Enqueue((waiting, _pending.SenderOf(waiting.Id)));
                }
            }
        }
    }

    // A liar can make a long chain of messages that others name, and show one after the other.
    private bool HasToWait(RoomEvent roomEvent, PeerId from) =>
        from != default
        && !roomEvent.IsMembership
        && (_messages.WouldMoveMany(roomEvent) || Past.WouldRetreatFar(roomEvent))
        && !_haveMovedMany.Add(roomEvent.Author);

    // What depends on an event that is refused forever would wait forever.
    private void RefuseDependants(RoomEvent refused, RoomAddition addition)
    {
        var rest = new Stack<RoomEvent>([refused]);
        while (rest.TryPop(out var next))
        {
            foreach (var waiting in _pending.WaitingFor(next.Id).Where(one => DependsOn(one, next)))
            {
                _pending.Remove(waiting.Id);
                addition.RefusedEvents.Add((waiting, RoomRefusal.WrongParent));
                addition.DroppedEvents.Add(waiting.Id);
                Past.Decline(waiting.Id);
                rest.Push(waiting);
            }
        }
    }

    // Messages do without other messages.
    private static bool DependsOn(RoomEvent waiting, RoomEvent refused) =>
        refused.IsMembership && (waiting.IsMembership || waiting.Heads.Contains(refused.Id));

    private RoomRefusal? Wait(
        RoomEvent roomEvent,
        PeerId from,
        PeerId? before,
        IReadOnlyList<RoomEventId> missing,
        RoomAddition addition
    )
    {
        // To be exact for each of many membership events would take long.
        var members = (roomEvent.IsMembership && from != default ? _membership.Latest : State).Members;
        var account =
            before is { } known ? known
            : members.ContainsKey(roomEvent.Author) ? roomEvent.Author
            : members.ContainsKey(from) ? from
            : default;
        if (!_pending.TryAdd(roomEvent, from, account, missing, out var evicted))
        {
            return RoomRefusal.TooManyWaiting;
        }

        addition.DroppedEvents.AddRange(evicted);
        return null;
    }

    private RoomRefusal? Place(RoomEvent roomEvent, PeerId from, RoomAddition addition)
    {
        // Nobody knows any more who sent a stored event. Otherwise the limits would begin again with each start.
        var isDirect = from == roomEvent.Author || from == default || IsByStranger(roomEvent, from);
        var fork = _limits.ForkOf(roomEvent);
        bool? needed = null;
        if (from != default && !_limits.Allow(roomEvent, isDirect, fork is not null, () => IsNeeded(roomEvent.Author)))
        {
            return RoomRefusal.TooMany;
        }

        var refusal = roomEvent.IsMembership
            ? _membership.Add(roomEvent, IsNeeded)
            : _messages.Add(roomEvent, addition.MovedEvents);
        if (refusal is not null)
        {
            RefuseDependants(roomEvent, addition);
            return refusal;
        }

        roomEvent.ShareKey(_keys);
        addition.PlacedEvents.Add(roomEvent);
        if (_messages.Find(roomEvent.Id) is { } message)
        {
            Past.Add(message);
            _removals.Add(message);
        }

        if (roomEvent.IsMembership)
        {
            Past.Settle(roomEvent.Id);
        }

        if (_limits.Placed(roomEvent, isDirect, isFork: fork is not null) && fork is { } other)
        {
            addition.FoundForks.Add(new RoomFork(roomEvent.Author, other, roomEvent.Id));
            _ = _forked.Add(roomEvent.Author);
        }

        return null;

        // Asked once, because each yes is counted.
        bool IsNeeded(PeerId account) =>
            needed ??= from == default || _limits.IsNeededByOthers(roomEvent, account, from);
    }

    // A removed member may have another key. A newcomer gets membership events from peers that it does not know yet.
    private bool IsByStranger(RoomEvent roomEvent, PeerId from) => !roomEvent.IsMembership && !State.IsMember(from);

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
        if (withMessages)
        {
            missing = missing.Concat(
                MessageLog.MessageReferences(roomEvent).Where(id => Find(id) is null && !Past.IsDeclined(id))
            );
        }

        // One id may be among the heads and the parents.
        return [.. missing.Distinct()];
    }

    private bool IsMembershipEvent(RoomEventId id) => _membership.Find(id) is not null;

    // A body for which there is no space is asked for once the message has its place.
    private bool TryReplace(RoomEvent withBody)
    {
        if (_messages.Find(withBody.Id) is { } message)
        {
            message.Event = withBody;
            return true;
        }

        return _pending.Contains(withBody.Id) && _pending.TryReplace(withBody);
    }
}
