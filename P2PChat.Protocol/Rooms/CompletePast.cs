namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Which messages are known with their whole past, except for what members have declined to give. A question names the
/// last of these, because naming others would claim that their past is not missing.
/// </summary>
internal sealed class CompletePast(MembershipLog membership, MessageLog messages)
{
    private const int MaxRefused = 1024;

    private readonly HashSet<RoomEventId> _complete = [];

    // How many complete messages name each message.
    private readonly Dictionary<RoomEventId, int> _followers = [];
    private readonly HashSet<RoomEventId> _heads = [];
    private readonly HashSet<RoomEventId> _declined = [];

    // Messages that this peer has refused and that no message names yet, oldest first. Anybody can send more of them.
    private readonly HashSet<RoomEventId> _refused = [];
    private readonly Queue<RoomEventId> _refusedInOrder = [];

    /// <summary>Whether a message is known with its past.</summary>
    public bool IsComplete(RoomEventId id) => _complete.Contains(id);

    /// <summary>A message has been added to the log.</summary>
    public void Add(MessageNode message)
    {
        var id = message.Event.Id;
        _ = _refused.Remove(id);
        _declined.UnionWith(MessageLog.MessageReferences(message.Event).Where(_refused.Remove));
        Advance(message);
        // The member that declined it was wrong, so the events that it names may be missing, too.
        if (_declined.Remove(id) && !_complete.Contains(id))
        {
            Retreat(messages.ChildrenOf(id));
        }
    }

    /// <summary>A member does not give this message to this peer, or it cannot be placed.</summary>
    public void Decline(RoomEventId id)
    {
        if (messages.Find(id) is null && messages.ChildrenOf(id).Count > 0 && _declined.Add(id))
        {
            Settle(id);
        }
    }

    /// <summary>
    /// Marks a message that this peer does not store. Messages that name it, including later ones, do not wait for it.
    /// </summary>
    public void Refuse(RoomEventId id)
    {
        Decline(id);
        if (messages.Find(id) is null && !_declined.Contains(id) && _refused.Add(id))
        {
            _refusedInOrder.Enqueue(id);
            if (_refusedInOrder.Count > MaxRefused)
            {
                _ = _refused.Remove(_refusedInOrder.Dequeue());
            }
        }
    }

    /// <summary>Whether this peer has refused this message.</summary>
    public bool IsRefused(RoomEventId id) => _refused.Contains(id);

    /// <summary>What messages have named is not missing any more.</summary>
    public void Settle(RoomEventId id)
    {
        foreach (var child in messages.ChildrenOf(id))
        {
            Advance(child);
        }
    }

    /// <summary>
    /// Whether a member was asked for this message and does not give it, or this peer has refused it. Nothing waits for
    /// it any more.
    /// </summary>
    public bool IsDeclined(RoomEventId id) => _declined.Contains(id) || _refused.Contains(id);

    /// <summary>
    /// Whether many messages would not be complete any more, because a message before them is known after all, and what
    /// it names is not.
    /// </summary>
    public bool WouldRetreatFar(RoomEvent message) =>
        _declined.Contains(message.Id)
        && !MessageLog.MessageReferences(message).All(IsSettled)
        && Search(messages.ChildrenOf(message.Id), RoomLimits.Moved).Visited > RoomLimits.Moved;

    /// <summary>The last messages with a known past, for a question.</summary>
    /// <param name="asked">What is asked for. Nothing after it is named.</param>
    /// <param name="visited">How many messages were looked at.</param>
    public IReadOnlyList<MessageNode> HeadsFor(IReadOnlyList<RoomEventId> asked, out int visited)
    {
        (var after, visited) = Search(asked.Where(_declined.Contains).SelectMany(messages.ChildrenOf));
        var named = after
            .SelectMany(id => MessageLog.MessageReferences(messages.Find(id)!.Event))
            .GroupBy(id => id)
            .Where(followers => _complete.Contains(followers.Key) && !after.Contains(followers.Key))
            .Where(followers => followers.Count() == _followers[followers.Key])
            .Select(followers => followers.Key);
        MessageNode[] heads =
        [
            .. _heads.Where(id => !after.Contains(id)).Concat(named).Select(id => messages.Find(id)!),
        ];
        visited += heads.Length;
        return heads;
    }

    private void Advance(MessageNode first)
    {
        var rest = new Stack<MessageNode>([first]);
        while (rest.TryPop(out var next))
        {
            var id = next.Event.Id;
            if (_complete.Contains(id) || !MessageLog.MessageReferences(next.Event).All(IsSettled))
            {
                continue;
            }

            _ = _complete.Add(id);
            foreach (var named in MessageLog.MessageReferences(next.Event))
            {
                _followers[named] = _followers.GetValueOrDefault(named) + 1;
                _ = _heads.Remove(named);
            }

            // Those that name it may have done without it.
            if (!_followers.ContainsKey(id))
            {
                _ = _heads.Add(id);
            }

            foreach (var child in messages.ChildrenOf(id))
            {
                rest.Push(child);
            }
        }
    }

    private void Retreat(IEnumerable<MessageNode> first)
    {
        var after = Search(first).Found;
        _complete.ExceptWith(after);
        _heads.ExceptWith(after);
        foreach (var named in after.SelectMany(id => MessageLog.MessageReferences(messages.Find(id)!.Event)))
        {
            if (--_followers[named] > 0)
            {
                continue;
            }

            _ = _followers.Remove(named);
            if (_complete.Contains(named))
            {
                _ = _heads.Add(named);
            }
        }
    }

    // The complete messages after some others. What is not complete has no complete ones after it.
    private (HashSet<RoomEventId> Found, int Visited) Search(IEnumerable<MessageNode> first, int limit = int.MaxValue)
    {
        HashSet<RoomEventId> found = [];
        var rest = new Stack<MessageNode>(first);
        var visited = rest.Count;
        while (visited <= limit && rest.TryPop(out var next))
        {
            if (!_complete.Contains(next.Event.Id) || !found.Add(next.Event.Id))
            {
                continue;
            }

            var children = messages.ChildrenOf(next.Event.Id);
            visited += children.Count;
            foreach (var child in children)
            {
                rest.Push(child);
            }
        }

        return (found, visited);
    }

    // A message's parents are messages. A membership event among them is known with its past, and means nothing.
    private bool IsSettled(RoomEventId id) =>
        _complete.Contains(id) || _declined.Contains(id) || membership.Find(id) is not null;
}
