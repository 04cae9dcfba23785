namespace P2PChat.Protocol.Rooms;

/// <summary>A placed membership event: valid in its own past, with all of its ancestors known.</summary>
internal sealed class MembershipNode
{
    /// <param name="index">Position in the order of arrival.</param>
    public MembershipNode(RoomEvent roomEvent, int index, IReadOnlyCollection<MembershipNode> parents)
    {
        (Event, Index) = (roomEvent, index);
        Lamport = 1 + parents.Select(parent => parent.Lamport).DefaultIfEmpty().Max();
        Ancestors = new NodeSet(parents);
    }

    public RoomEvent Event { get; set; }

    public int Index { get; }

    /// <summary>One more than the highest of its parents.</summary>
    public int Lamport { get; }

    /// <summary>All events in its past, without itself.</summary>
    public NodeSet Ancestors { get; }

    /// <summary>The events of its past that gave its author the right to it. Without them it does not count.</summary>
    public IReadOnlyList<MembershipNode> Grounds { get; set; } = [];

    /// <summary>The room after this event and its past.</summary>
    public RoomState After { get; set; } = RoomState.Empty;

    /// <summary>Whether the event has the right of a moderator or owner as its ground.</summary>
    public bool NeedsRank => Event.Kind is not (RoomEventKind.Create or RoomEventKind.Join or RoomEventKind.Leave);

    public static bool AreConcurrent(MembershipNode one, MembershipNode other) =>
        one != other && !one.Ancestors.Contains(other) && !other.Ancestors.Contains(one);

    /// <summary>Lamport time, then hash. Extends causality, because Lamport time grows from parent to child.</summary>
    public static int Compare(MembershipNode one, MembershipNode other) =>
        one.Lamport != other.Lamport ? one.Lamport.CompareTo(other.Lamport) : one.Event.Id.CompareTo(other.Event.Id);
}

/// <summary>A set of membership events that contains the past of each of them.</summary>
internal sealed class NodeSet
{
    private readonly ulong[] _bits;

    /// <param name="heads">The set has these events and their past.</param>
    public NodeSet(IReadOnlyCollection<MembershipNode> heads)
    {
        _bits = new ulong[1 + heads.Select(head => head.Index).DefaultIfEmpty().Max() / 64];
        foreach (var head in heads)
        {
            var ancestors = head.Ancestors._bits;
            for (var i = 0; i < ancestors.Length && i < _bits.Length; i++)
            {
                _bits[i] |= ancestors[i];
            }

            _bits[head.Index / 64] |= 1UL << (head.Index % 64);
        }
    }

    public bool Contains(MembershipNode node) =>
        node.Index / 64 < _bits.Length && (_bits[node.Index / 64] >> (node.Index % 64) & 1) != 0;
}
