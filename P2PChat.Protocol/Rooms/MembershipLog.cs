namespace P2PChat.Protocol.Rooms;

/// <summary>The membership events of a room, whose members are the same for the same set of events.</summary>
internal sealed class MembershipLog
{
    private const int MaxCached = 64;

    private readonly Dictionary<RoomEventId, MembershipNode> _nodes = [];
    private readonly List<MembershipNode> _ordered = [];
    private readonly HashSet<MembershipNode> _heads = [];
    private readonly Dictionary<string, RoomState> _merged = [];
    private Resolution? _current;

    /// <summary>All events in their order.</summary>
    public IReadOnlyList<MembershipNode> Ordered => _ordered;

    /// <summary>Events that are nobody's parents.</summary>
    public IReadOnlyCollection<MembershipNode> Heads => _heads;

    /// <summary>What all events together come to.</summary>
    public Resolution Current => _current ??= MembershipResolver.Resolve(_ordered);

    public MembershipNode? Find(RoomEventId id) => _nodes.GetValueOrDefault(id);

    /// <summary>Adds an event whose parents and predecessor are known.</summary>
    /// <returns>Null if it was added.</returns>
    public RoomRefusal? Add(RoomEvent roomEvent)
    {
        MembershipNode[] parents = [.. roomEvent.References.Distinct().Select(id => _nodes[id])];
        var previous = roomEvent.Previous is { } id ? _nodes[id] : null;
        if (previous is not null && previous.Event.Author != roomEvent.Author)
        {
            return RoomRefusal.WrongParent;
        }

        var past = StateAt(parents);
        if (MembershipRules.Check(roomEvent, past, out var grounds) is { } refusal)
        {
            return refusal;
        }

        var node = new MembershipNode(roomEvent, _ordered.Count, parents)
        {
            Grounds = grounds,
            ChainLength = 1 + (previous?.ChainLength ?? 0),
        };
        if (node.ChainLength > RoomLimits.MembershipEvents)
        {
            return RoomRefusal.TooMany;
        }

        node.After = past.Apply(node);
        _nodes.Add(roomEvent.Id, node);
        var index = _ordered.BinarySearch(node, Comparer<MembershipNode>.Create(MembershipNode.Compare));
        _ordered.Insert(~index, node);
        // An event that knows all others changes nothing about them.
        _current = IsEverything(parents) && _current is { } before ? before.With(node) : null;
        _heads.ExceptWith(parents);
        _ = _heads.Add(node);
        return null;
    }

    /// <summary>The room as somebody knew it who knew these events and their past.</summary>
    public RoomState StateAt(IReadOnlyCollection<MembershipNode> heads)
    {
        if (heads.Count <= 1)
        {
            return heads.FirstOrDefault()?.After ?? RoomState.Empty;
        }

        if (IsEverything(heads))
        {
            return Current.State;
        }

        var key = string.Join(' ', heads.Select(head => head.Index).Order());
        if (_merged.TryGetValue(key, out var known))
        {
            return known;
        }

        // Anybody can make up combinations, so the cache must not grow with them.
        if (_merged.Count == MaxCached)
        {
            _merged.Clear();
        }

        var past = new NodeSet(heads);
        return _merged[key] = MembershipResolver.Resolve([.. _ordered.Where(past.Contains)]).State;
    }

    private bool IsEverything(IReadOnlyCollection<MembershipNode> heads) =>
        _heads.Count <= heads.Count && _heads.IsSubsetOf(heads);
}
