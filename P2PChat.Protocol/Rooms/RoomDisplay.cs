using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>Tells the user interface what to show where, and what has changed about it.</summary>
internal sealed class RoomDisplay
{
    private readonly RoomLog _log;
    private readonly Action<RoomEffect> _emit;
    private readonly Dictionary<RoomEventId, MessageStatus> _shown = [];
    private RoomState _state;

    /// <summary>Starts with what the log has, which is shown already.</summary>
    public RoomDisplay(RoomLog log, Action<RoomEffect> emit)
    {
        (_log, _emit, _state) = (log, emit, log.State);
        var marks = log.Removals;
        foreach (var node in log.Messages.Ordered)
        {
            _shown[node.Event.Id] = marks.StatusOf(node);
        }
    }

    /// <param name="blocked">The members whose messages are shown collapsed.</param>
    public void Update(RoomAddition addition, IReadOnlySet<PeerId> blocked)
    {
        var marks = _log.Removals;
        // In their order, so that the one before each is in its place already.
        foreach (
            var node in addition
                .Placed.Where(placed => !placed.IsMembership)
                .Select(placed => placed.Id)
                .Concat(addition.Moved)
                .Distinct()
                .Select(id => _log.Messages.Find(id)!)
                .Order(MessageNode.Order)
        )
        {
            Show(node, marks.StatusOf(node), blocked);
        }

        // A message can show that the removal of its author has seen earlier ones.
        if (addition.Placed.Any(placed => placed.IsMembership || marks.Concern(placed.Author)))
        {
            UpdateMarks(marks);
        }

        if (_log.State != _state)
        {
            _state = _log.State;
            _emit(new RoomEffect.MembersChanged(_state));
        }
    }

    private void Show(MessageNode node, MessageStatus status, IReadOnlySet<PeerId> blocked)
    {
        var (id, before) = (node.Event.Id, _log.Messages.Before(node)?.Event.Id);
        if (!_shown.TryAdd(id, status))
        {
            _emit(new RoomEffect.Move(id, before));
            return;
        }

        _emit(new RoomEffect.Show(id, before, blocked.Contains(node.Event.Author)));
        if (status != MessageStatus.Counts)
        {
            _emit(new RoomEffect.Mark(id, status));
        }
    }

    private void UpdateMarks(RemovalMarks marks)
    {
        foreach (var node in _log.Messages.Ordered)
        {
            var status = marks.StatusOf(node);
            if (_shown[node.Event.Id] != status)
            {
                _shown[node.Event.Id] = status;
                _emit(new RoomEffect.Mark(node.Event.Id, status));
            }
        }
    }
}
