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

    /// <summary>
    /// Of a join or leave, the invite by which its author has entered the room; the create or hand-over if there was
    /// none. Of other events, the event itself.
    /// </summary>
    public MembershipNode EnteredBy =>
        Event.Kind switch
        {
            RoomEventKind.Join => Grounds[0],
            RoomEventKind.Leave => Grounds[0].EnteredBy,
            _ => this,
        };

    /// <summary>The room after this event and its past.</summary>
    public RoomState After { get; set; } = RoomState.Empty;

    /// <summary>The create or hand-over that made the owner, in the event's own past; null for the create.</summary>
    public MembershipNode? HandOver { get; set; }

    /// <summary>Whether the event has the right of a moderator or owner as its ground.</summary>
    public bool NeedsRank => Event.Kind is not (RoomEventKind.Create or RoomEventKind.Join or RoomEventKind.Leave);

    /// <summary>Whether an event is this one, or in its past.</summary>
    public bool Knows(MembershipNode other) => other == this || Ancestors.Contains(other);

    /// <summary>Whether the hand-over counts in the event's own past.</summary>
    public bool Follows(MembershipNode handOver)
    {
        for (var last = HandOver; last is not null; last = last.HandOver)
        {
            if (last == handOver)
            {
                return true;
            }
        }

        return false;
    }

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
