namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Finds what precedes some events and does not precede others. Looks at the newest first, so that it stops where both
/// meet and does not read the whole log.
/// </summary>
internal sealed class RoomDifference(RoomLog log, Predicate<RoomEventId> isWanted)
{
    private readonly PriorityQueue<RoomEvent, (int, RoomEventId)> _queue = new(
        Comparer<(int, RoomEventId)>.Create((one, other) => other.CompareTo(one))
    );
    private readonly Dictionary<RoomEventId, bool> _isKnown = [];
    private int _wanted;

    /// <summary>How many events the search has looked at.</summary>
    public int Visited => _isKnown.Count;

    /// <summary>Finds the difference in its order, membership events first.</summary>
    /// <param name="asked">Belong to it in any case.</param>
    /// <param name="known">What precedes them does not belong to it.</param>
    public IReadOnlyList<RoomEvent> Find(HashSet<RoomEventId> asked, IEnumerable<RoomEventId> known)
    {
        foreach (var id in known)
        {
            Visit(id, isKnown: true);
        }

        foreach (var id in asked)
        {
            Visit(id, isKnown: false);
        }

        List<RoomEvent> found = [];
        var left = asked.Count(_isKnown.ContainsKey);
        while ((_wanted > 0 || left > 0) && _queue.TryDequeue(out var next, out _))
        {
            var isKnown = _isKnown[next.Id];
            if (!isKnown)
            {
                _wanted--;
            }

            var isAsked = asked.Contains(next.Id);
            left -= isAsked ? 1 : 0;
            if (!isKnown || isAsked)
            {
                found.Add(next);
            }

            foreach (var reference in next.References)
            {
                Visit(reference, isKnown);
            }
        }

        found.Reverse();
        return [.. found.Where(one => one.IsMembership), .. found.Where(one => !one.IsMembership)];
    }

    private void Visit(RoomEventId id, bool isKnown)
    {
        if (_isKnown.TryGetValue(id, out var wasKnown))
        {
            if (isKnown && !wasKnown)
            {
                _isKnown[id] = true;
                _wanted--;
            }

            return;
        }

        if (log.Find(id) is not { } found || !isKnown && !isWanted(id))
        {
            return;
        }

        _isKnown.Add(id, isKnown);
        _wanted += isKnown ? 0 : 1;
        _queue.Enqueue(found, (log.Membership.Find(id)?.Lamport ?? log.Messages.Find(id)!.Lamport, id));
    }
}
