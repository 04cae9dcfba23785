using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>Tells the user interface what to show where, and what has changed about it.</summary>
internal sealed class RoomDisplay
{
    // Limit on the causes reported for one message at once. Above it, one update without a cause is reported.
    private const int MaxCauses = 16;

    private readonly RoomLog _log;
    private readonly Action<RoomEffect> _emit;
    private readonly DisplayedRows _rows = new();
    private readonly Dictionary<RoomEventId, MessageStatus> _status = [];
    private RoomState _state;

    /// <summary>Starts with what the log has, which is shown already.</summary>
    /// <param name="hidden">Messages that were not shown.</param>
    public RoomDisplay(RoomLog log, IEnumerable<RoomEventId> hidden, Action<RoomEffect> emit)
    {
        (_log, _emit, _state) = (log, emit, log.State);
        log.Hidden.UnionWith(hidden.Where(id => log.Messages.Find(id) is not null));
        foreach (var node in log.Messages.Ordered)
        {
            _status[node.Event.Id] = log.Removals.StatusOf(node);
            if (IsRow(node) && !log.Hidden.Contains(node.Event.Id))
            {
                _rows.Set(node);
            }
        }

        _ = log.Removals.TakeChanged();
        ShowAll(log.Hidden.Select(id => log.Messages.Find(id)!).Where(Counts), new HashSet<PeerId>());
    }

    /// <summary>Whether a message that was just placed or waits is not shown.</summary>
    public bool IsHidden(RoomEvent roomEvent) =>
        roomEvent is { IsMembership: false, Kind: not RoomEventKind.Change }
        && (_log.Messages.Find(roomEvent.Id) is not { } node || !Counts(node));

    /// <param name="stored">The event whose hidden state is stored with it.</param>
    /// <param name="blocked">The members whose messages are shown collapsed.</param>
    public void Update(RoomAddition addition, RoomEventId? stored, IReadOnlySet<PeerId> blocked)
    {
        var changed = _log.Removals.TakeChanged();
        var placed = addition.Placed.Select(one => _log.Messages.Find(one.Id)).OfType<MessageNode>().ToList();
        foreach (var node in placed)
        {
            _status[node.Event.Id] = _log.Removals.StatusOf(node);
        }

        _log.Hidden.UnionWith(placed.Where(IsRow).Select(node => node.Event.Id));
        Move(addition.Moved);
        ShowAll(placed.Where(IsRow).Where(Counts), blocked, stored);
        Mark(changed, blocked);
        RefreshChanged(placed, [.. addition.Moved.Select(id => _log.Messages.Find(id)!)]);

        if (_log.State != _state)
        {
            _state = _log.State;
            _emit(new RoomEffect.MembersChanged(_state));
        }
    }

    /// <summary>The user has deleted a message on this peer only.</summary>
    public void Forget(RoomEventId id)
    {
        _rows.Remove(id);
        _emit(new RoomEffect.Hide(id));
    }

    /// <summary>A message has its body at last, or another one.</summary>
    /// <param name="cause">The event that has changed it; null if unknown.</param>
    public void Refresh(RoomEventId id, RoomEventId? cause = null)
    {
        if (_rows.Contains(id))
        {
            _emit(new RoomEffect.Update(id, cause));
        }
    }

    private void RefreshChanged(List<MessageNode> placed, IReadOnlyList<MessageNode> moved)
    {
        var targets = placed
            .Concat(moved)
            .Where(node => !IsRow(node))
            .Select(node => (Target: RoomTimeline.TargetOf(node.Event), Cause: node.Event.Id))
            .GroupBy(one => one.Target, one => one.Cause);
        foreach (var causes in targets)
        {
            if (causes.Key is not { } target)
            {
                continue;
            }

            // Moved events were reported before, and a flood of changes to one message is not reported one by one.
            var isOld =
                causes.Count() > MaxCauses || !causes.All(cause => placed.Exists(node => node.Event.Id == cause));
            foreach (var cause in isOld ? [(RoomEventId?)null] : causes.Select(cause => (RoomEventId?)cause))
            {
                Refresh(target, cause);
            }
        }
    }

    private void Move(IReadOnlyCollection<RoomEventId> moved)
    {
        MessageNode[] rows = [.. moved.Where(_rows.Contains).Select(id => _log.Messages.Find(id)!)];
        _rows.Move(rows);
        if (rows.Length > DisplayedRows.FewMoves)
        {
            _emit(new RoomEffect.Reorder());
            return;
        }

        // In their order, so that the one before each is in its place already.
        foreach (var node in rows.Order(MessageNode.Order))
        {
            _emit(new RoomEffect.Move(node.Event.Id, _rows.Before(node)));
        }
    }

    private void ShowAll(IEnumerable<MessageNode> nodes, IReadOnlySet<PeerId> blocked, RoomEventId? stored = null)
    {
        foreach (var node in nodes.Order(MessageNode.Order).ToList())
        {
            var id = node.Event.Id;
            _rows.Set(node);
            _ = _log.Hidden.Remove(id);
            if (id != stored)
            {
                _emit(new RoomEffect.Store(new RoomChange.Shown(id)));
            }

            _emit(new RoomEffect.Show(id, _rows.Before(node), blocked.Contains(node.Event.Author)));
        }
    }

    private void Mark(IReadOnlyList<MessageNode> changed, IReadOnlySet<PeerId> blocked)
    {
        foreach (var node in changed)
        {
            var (id, status) = (node.Event.Id, _log.Removals.StatusOf(node));
            if (_status.GetValueOrDefault(id) == status)
            {
                continue;
            }

            _status[id] = status;
            if (!IsRow(node))
            {
                Refresh(RoomTimeline.TargetOf(node.Event) ?? id);
            }
            else if (_rows.Contains(id))
            {
                _emit(new RoomEffect.Mark(id, status));
            }
            else if (status == MessageStatus.Counts)
            {
                ShowAll([node], blocked);
            }
        }
    }

    private bool Counts(MessageNode node) => _log.Removals.StatusOf(node) == MessageStatus.Counts;

    private bool IsRow(MessageNode node) =>
        node.Event.Kind != RoomEventKind.Change && !_log.Forgotten.Contains(node.Event.Id);
}
