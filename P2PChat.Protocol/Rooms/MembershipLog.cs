using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>The membership events of a room. The members depend only on the set of events.</summary>
internal sealed class MembershipLog
{
    private const int MaxCached = 64;

    private readonly Dictionary<RoomEventId, MembershipNode> _nodes = [];
    private readonly List<MembershipNode> _ordered = [];
    private readonly HashSet<MembershipNode> _heads = [];
    private readonly Dictionary<string, RoomState> _merged = [];
    private readonly Dictionary<PeerId, List<MembershipNode>> _byAuthor = [];
    private readonly MembershipShares _shares = new();
    private Resolution? _current;
    private Resolution? _latest;

    /// <summary>All events in their order.</summary>
    public IReadOnlyList<MembershipNode> Ordered => _ordered;

    /// <summary>Events that no other event names.</summary>
    public IReadOnlyCollection<MembershipNode> Heads => _heads;

    /// <summary>The result of all events.</summary>
    public Resolution Current => _current ??= _latest = MembershipResolver.Resolve(_ordered);

    /// <summary>Whether <see cref="Current"/> has to look at all events.</summary>
    public bool IsUnresolved => _current is null;

    /// <summary>Who was in the room when it was last resolved: for limits, which need not be exact.</summary>
    public RoomState Latest => (_current ?? _latest ?? Current).State;

    public MembershipNode? Find(RoomEventId id) => _nodes.GetValueOrDefault(id);

    /// <summary>Whether a removal of the peer counts.</summary>
    public bool WasRemoved(PeerId peer) =>
        Current.Counting.Any(node => node.Event.Kind == RoomEventKind.Remove && node.Event.Subject == peer);

    /// <summary>The member who removed a peer; null if the peer has left or was never there.</summary>
    public PeerId? RemoverOf(PeerId peer) =>
        _ordered.FindLast(node =>
            Current.Counting.Contains(node)
            && (
                (node.Event.Kind == RoomEventKind.Remove && node.Event.Subject == peer)
                || (node.Event.Kind == RoomEventKind.Leave && node.Event.Author == peer)
            )
        )
            is { Event: { Kind: RoomEventKind.Remove, Author: var by } }
            ? by
            : null;

    /// <summary>The last create or join of a peer, whether or not it counts; null if there is none.</summary>
    public RoomEvent? LastEntryOf(PeerId peer) =>
        _byAuthor
            .GetValueOrDefault(peer)
            ?.FindLast(node => node.Event.Kind is RoomEventKind.Create or RoomEventKind.Join)
            ?.Event;

    /// <summary>Whether a peer has made a create or join in the past of an event.</summary>
    public bool HadJoined(PeerId peer, MembershipNode before) =>
        _byAuthor
            .GetValueOrDefault(peer)
            ?.Exists(node =>
                node.Event.Kind is RoomEventKind.Create or RoomEventKind.Join && before.Ancestors.Contains(node)
            )
        ?? false;

    /// <summary>Adds an event whose parents and predecessor are known.</summary>
    /// <param name="isNeeded">
    /// Whether to take it although there are too many like it. Its argument is the peer for whom the event counts.
    /// </param>
    /// <returns>Null if it was added.</returns>
    public RoomRefusal? Add(RoomEvent roomEvent, Func<PeerId, bool> isNeeded)
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

        var node = new MembershipNode(roomEvent, _ordered.Count, parents) { Grounds = grounds };
        if (HasTooMany(node) || (_shares.HasTooManyLike(node) && !isNeeded(MembershipShares.AccountOf(node))))
        {
            return RoomRefusal.TooMany;
        }

        _shares.Add(node);
        (node.After, node.HandOver) = (past.Apply(node), past.LastHandOver);
        _nodes.Add(roomEvent.Id, node);
        OfAuthor(roomEvent.Author).Add(node);
        var index = _ordered.BinarySearch(node, Comparer<MembershipNode>.Create(MembershipNode.Compare));
        _ordered.Insert(~index, node);
        // An event that knows all others changes nothing about them.
        (_current, _latest) = (
            IsEverything(parents) && _current is { } before ? before.With(node) : null,
            _current ?? _latest
        );
        _heads.ExceptWith(parents);
        _ = _heads.Add(node);
        return null;
    }

    /// <summary>The room as seen by a member that knows exactly these events and their past.</summary>
    public RoomState StateAt(IReadOnlyCollection<MembershipNode> heads)
    {
        // One that knows all others tells it alone, so that only real forks have to be resolved.
        if (heads.FirstOrDefault(head => KnowsAll(head, heads)) is { } last)
        {
            return last.After;
        }

        if (heads.Count == 0)
        {
            return RoomState.Empty;
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

    // Counted in the event's own past, so that all members refuse the same. An owner can always hand over and leave.
    private bool HasTooMany(MembershipNode node)
    {
        var isLast = node.Event is { Kind: RoomEventKind.Leave } or { Kind: RoomEventKind.Role, Role: RoomRole.Owner };
        var limit = RoomLimits.MembershipEvents - (isLast ? 0 : RoomLimits.ReservedMembershipEvents);
        var own = OfAuthor(node.Event.Author);
        return own.Count >= limit && own.Count(node.Ancestors.Contains) >= limit || HasTooManyLargeBodies(node, own);
    }

    private static bool HasTooManyLargeBodies(MembershipNode node, List<MembershipNode> own) =>
        node.Event.LargeBody is > 0 and var bytes
        && own.Where(node.Ancestors.Contains).Sum(other => other.Event.LargeBody) + bytes > RoomLimits.LargeBodies;

    private List<MembershipNode> OfAuthor(PeerId author) =>
        _byAuthor.TryGetValue(author, out var own) ? own : _byAuthor[author] = [];

    private static bool KnowsAll(MembershipNode head, IReadOnlyCollection<MembershipNode> others) =>
        others.All(other => other == head || head.Ancestors.Contains(other));

    private bool IsEverything(IReadOnlyCollection<MembershipNode> heads) =>
        _heads.Count <= heads.Count && _heads.IsSubsetOf(heads);
}
