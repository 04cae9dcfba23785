using P2PChat.Protocol.Identity;

namespace P2PChat.Protocol.Rooms;

/// <summary>Finds who has a message: the authors of those that name it, directly or through others.</summary>
internal static class MessageReaders
{
    // A message from the beginning of a long room is named by all later ones.
    private const int MaxVisited = 5000;

    /// <returns>Without its own author.</returns>
    public static IReadOnlySet<PeerId> Of(RoomLog log, RoomEventId message)
    {
        var found = new HashSet<PeerId>();
        if (log.Messages.Find(message) is not { } first)
        {
            return found;
        }

        var seen = new HashSet<RoomEventId> { message };
        var queue = new Queue<RoomEventId>([message]);
        while (seen.Count < MaxVisited && queue.TryDequeue(out var next))
        {
            foreach (var later in log.Messages.ChildrenOf(next).Where(later => seen.Add(later.Event.Id)))
            {
                _ = found.Add(later.Event.Author);
                queue.Enqueue(later.Event.Id);
            }
        }

        _ = found.Remove(first.Event.Author);
        return found;
    }
}
