namespace P2PChat.Protocol.Rooms;

/// <summary>
/// Adds stored events to a log. They were taken in before, so they wait for no messages, and no limit applies that
/// depends on the order of arrival.
/// </summary>
internal static class RoomRestore
{
    /// <summary>Adds the events, each after those that it names.</summary>
    /// <returns>The events that were placed. Those that need unknown membership events wait.</returns>
    public static IReadOnlyList<RoomEvent> Into(RoomLog log, IReadOnlyList<RoomEvent> events)
    {
        List<RoomEvent> placed = [];
        foreach (var roomEvent in Sorted(events.Where(one => one.IsMembership)))
        {
            placed.AddRange(log.Add(roomEvent).Placed);
        }

        foreach (var roomEvent in Sorted(events.Where(one => !one.IsMembership)))
        {
            placed.AddRange(log.AddOwn(roomEvent).Placed);
        }

        return placed;
    }

    // Parents first. No recursion: a chain may have 100,000 events.
    private static IEnumerable<RoomEvent> Sorted(IEnumerable<RoomEvent> events)
    {
        var rest = events.DistinctBy(one => one.Id).ToDictionary(one => one.Id);
        var stack = new Stack<RoomEvent>();
        foreach (var first in rest.Values.ToList())
        {
            stack.Push(first);
            while (stack.TryPeek(out var next))
            {
                if (!rest.ContainsKey(next.Id))
                {
                    _ = stack.Pop();
                    continue;
                }

                var before = next.References.Where(rest.ContainsKey).ToList();
                if (before.Count == 0)
                {
                    _ = rest.Remove(stack.Pop().Id);
                    yield return next;
                }

                before.ForEach(id => stack.Push(rest[id]));
            }
        }
    }
}
