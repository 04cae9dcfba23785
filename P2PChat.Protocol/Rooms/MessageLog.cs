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
    private readonly Dictionary<RoomEventId, MessageNode> _nodes = [];
    private readonly Dictionary<RoomEventId, List<MessageNode>> _children = [];
    private readonly Dictionary<PeerId, List<MessageNode>> _byAuthor = [];
    private readonly List<MessageNode> _ordered = [];
    private readonly HashSet<RoomEventId> _heads = [];
    private readonly AuthorChains _chains = new();

    /// <summary>All messages in their order.</summary>
    public IReadOnlyList<MessageNode> Ordered => _ordered;

    /// <summary>Messages that are nobody's parents.</summary>
    public IReadOnlyCollection<RoomEventId> Heads => _heads;

    public MessageNode? Find(RoomEventId id) => _nodes.GetValueOrDefault(id);

    public IReadOnlyList<MessageNode> Of(PeerId author) => _byAuthor.GetValueOrDefault(author) ?? [];

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
        node.Lamport = LamportOf(node);
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
                _children[id] = children = [];
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

    public int IndexOf(MessageNode node) => _ordered.BinarySearch(node, MessageNode.Order);

    /// <summary>The message before this one in the order; null if it is the first.</summary>
    public MessageNode? Before(MessageNode node)
    {
        var index = _ordered.BinarySearch(node, MessageNode.Order);
        return index > 0 ? _ordered[index - 1] : null;
    }

    // A message that was missing may raise the Lamport time of those that name it, and so on.
    private void Raise(RoomEventId arrived, HashSet<RoomEventId> moved)
    {
        var raised = new SortedSet<MessageNode>(MessageNode.Order);
        Collect(arrived);
        while (raised.Min is { } node)
        {
            _ = raised.Remove(node);
            var lamport = LamportOf(node);
            if (lamport == node.Lamport)
            {
                continue;
            }

            _ordered.RemoveAt(_ordered.BinarySearch(node, MessageNode.Order));
            node.Lamport = lamport;
            Insert(node);
            _ = moved.Add(node.Event.Id);
            Collect(node.Event.Id);
        }

        void Collect(RoomEventId id)
        {
            foreach (var child in _children.GetValueOrDefault(id) ?? [])
            {
                _ = raised.Add(child);
            }
        }
    }

    private void Insert(MessageNode node) => _ordered.Insert(~_ordered.BinarySearch(node, MessageNode.Order), node);

    private int LamportOf(MessageNode node)
    {
        var highest = node.Heads.Max(head => head.Lamport);
        foreach (var id in MessageReferences(node.Event))
        {
            highest = Math.Max(highest, _nodes.GetValueOrDefault(id)?.Lamport ?? 0);
        }

        return highest + 1;
    }

    /// <summary>Ids of the messages that a message names.</summary>
    public static IEnumerable<RoomEventId> MessageReferences(RoomEvent message) =>
        message.Previous is { } previous && !message.Parents.Contains(previous)
            ? message.Parents.Append(previous)
            : message.Parents;
}
