using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>A message in its place. Messages that it names may be missing.</summary>
internal sealed class MessageNode(RoomEvent roomEvent, IReadOnlyList<MembershipNode> heads, RoomMember author)
{
    public RoomEvent Event { get; set; } = roomEvent;

    /// <summary>The membership events that its author knew, without their past.</summary>
    public IReadOnlyList<MembershipNode> Heads { get; } = heads;

    /// <summary>The author as the author knew the room.</summary>
    public RoomMember Author { get; } = author;

    public int Lamport { get; set; }

    /// <summary>Whether its author knew the membership event.</summary>
    public bool Knows(MembershipNode node) => Heads.Any(head => head == node || head.Ancestors.Contains(node));

    /// <summary>Lamport time, then hash.</summary>
    public static Comparer<MessageNode> Order { get; } =
        Comparer<MessageNode>.Create(
            (one, other) =>
                one.Lamport != other.Lamport
                    ? one.Lamport.CompareTo(other.Lamport)
                    : one.Event.Id.CompareTo(other.Event.Id)
        );
}

/// <summary>
/// The messages of a room in their order, which depends on their set alone: a message that arrives late moves those
/// after it.
/// </summary>
internal sealed class MessageLog(MembershipLog membership)
{
    // More than that are merged into the order at once.
    private const int FewMoves = 16;

    private readonly Dictionary<RoomEventId, MessageNode> _nodes = [];
    private readonly Dictionary<RoomEventId, List<MessageNode>> _children = [];
    private readonly Dictionary<PeerId, List<MessageNode>> _byAuthor = [];
    private readonly HashSet<RoomEventId> _heads = [];
    private readonly AuthorChains _chains = new();
    private List<MessageNode> _ordered = [];

    /// <summary>All messages in their order.</summary>
    public IReadOnlyList<MessageNode> Ordered => _ordered;

    /// <summary>Messages that no other message names.</summary>
    public IReadOnlyCollection<RoomEventId> Heads => _heads;

    public MessageNode? Find(RoomEventId id) => _nodes.GetValueOrDefault(id);

    public IReadOnlyList<MessageNode> Of(PeerId author) => _byAuthor.GetValueOrDefault(author) ?? [];

    /// <summary>The messages that name a message, which need not be known.</summary>
    public IReadOnlyList<MessageNode> ChildrenOf(RoomEventId id) => _children.GetValueOrDefault(id) ?? [];

    /// <summary>The messages of an author that none of the author's follows. More than one after a fork.</summary>
    public IReadOnlyCollection<MessageNode> EndsOf(PeerId author) => _chains.EndsOf(author);

    /// <summary>Adds a message whose membership heads are known.</summary>
    /// <param name="moved">Gets the messages whose place has changed.</param>
    /// <returns>Null if it was added.</returns>
    public RoomRefusal? Add(RoomEvent roomEvent, HashSet<RoomEventId> moved)
    {
        MembershipNode[] heads = [.. roomEvent.Heads.Select(id => membership.Find(id)!)];
        if (membership.StateAt(heads).Members.GetValueOrDefault(roomEvent.Author) is not { HasJoined: true } author)
        {
            return RoomRefusal.NotAMember;
        }

        var node = new MessageNode(roomEvent, heads, author);
        node.Lamport = LamportOf(roomEvent, heads, LamportOf);
        _nodes.Add(roomEvent.Id, node);
        Insert(node);
        if (!_byAuthor.TryGetValue(roomEvent.Author, out var own))
        {
            _byAuthor[roomEvent.Author] = own = [];
        }

        own.Add(node);
        _chains.Add(node, roomEvent.Previous is { } previous ? Find(previous) : null);
        foreach (var id in MessageReferences(roomEvent))
        {
            if (!_children.TryGetValue(id, out var children))
            {
                _children[id] = children = new List<MessageNode>(1);
            }

            children.Add(node);
            _ = _heads.Remove(id);
        }

        if (!_children.ContainsKey(roomEvent.Id))
        {
            _ = _heads.Add(roomEvent.Id);
        }

        Raise(roomEvent.Id, moved);
        return null;
    }

    /// <summary>The join by which the author of a message was a member, as the author knew the room.</summary>
    public MembershipNode? EntryOf(RoomEvent roomEvent) =>
        membership
            .StateAt([.. roomEvent.Heads.Select(membership.Find).OfType<MembershipNode>()])
            .Members.GetValueOrDefault(roomEvent.Author)
            ?.Entry;

    /// <summary>Whether a message that arrives late would move many others.</summary>
    public bool WouldMoveMany(RoomEvent roomEvent)
    {
        var children = ChildrenOf(roomEvent.Id);
        if (children.Count == 0 || _ordered.Count - children.Min(IndexOf) <= RoomLimits.Moved)
        {
            return false;
        }

        var lamport = LamportOf(roomEvent, roomEvent.Heads.Select(membership.Find).OfType<MembershipNode>(), LamportOf);
        return children.Any(child => child.Lamport <= lamport);
    }

    public int IndexOf(MessageNode node) => _ordered.BinarySearch(node, MessageNode.Order);

    // A message that was missing may raise the Lamport time of those that name it, and so on.
    private void Raise(RoomEventId arrived, HashSet<RoomEventId> moved)
    {
        // In the old order, in which those that a message names come before it.
        var affected = new SortedSet<MessageNode>(ChildrenOf(arrived), MessageNode.Order);
        Dictionary<MessageNode, int> raised = [];
        while (affected.Min is { } node)
        {
            _ = affected.Remove(node);
            var lamport = LamportOf(node.Event, node.Heads, named => raised.GetValueOrDefault(named, named.Lamport));
            if (lamport != node.Lamport)
            {
                raised.Add(node, lamport);
                _ = moved.Add(node.Event.Id);
                affected.UnionWith(ChildrenOf(node.Event.Id));
            }
        }

        Move(raised);
    }

    private void Move(Dictionary<MessageNode, int> raised)
    {
        if (raised.Count > FewMoves)
        {
            var rest = _ordered.FindAll(node => !raised.ContainsKey(node));
            SetTimes(raised);
            _ordered = Merge(rest, [.. raised.Keys.Order(MessageNode.Order)]);
            return;
        }

        foreach (var node in raised.Keys)
        {
            _ordered.RemoveAt(IndexOf(node));
        }

        SetTimes(raised);
        foreach (var node in raised.Keys)
        {
            Insert(node);
        }
    }

    private static void SetTimes(Dictionary<MessageNode, int> raised)
    {
        foreach (var (node, lamport) in raised)
        {
            node.Lamport = lamport;
        }
    }

    private static List<MessageNode> Merge(List<MessageNode> one, List<MessageNode> other)
    {
        var merged = new List<MessageNode>(one.Count + other.Count);
        for (int i = 0, j = 0; i < one.Count || j < other.Count; )
        {
            var isOne = j == other.Count || i < one.Count && MessageNode.Order.Compare(one[i], other[j]) < 0;
            merged.Add(isOne ? one[i++] : other[j++]);
        }

        return merged;
    }

    private void Insert(MessageNode node) => _ordered.Insert(~IndexOf(node), node);

    private static int LamportOf(MessageNode node) => node.Lamport;

    private int LamportOf(RoomEvent message, IEnumerable<MembershipNode> heads, Func<MessageNode, int> timeOf)
    {
        var highest = heads.Max(head => head.Lamport);
        foreach (var id in MessageReferences(message))
        {
            highest = Math.Max(highest, Find(id) is { } named ? timeOf(named) : 0);
        }

        return highest + 1;
    }

    /// <summary>Ids of the messages that a message names.</summary>
    public static IEnumerable<RoomEventId> MessageReferences(RoomEvent message) =>
        message.Previous is { } previous && !message.Parents.Contains(previous)
            ? message.Parents.Append(previous)
            : message.Parents;
}
