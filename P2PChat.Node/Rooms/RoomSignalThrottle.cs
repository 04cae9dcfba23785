using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Limits how often the user is told that members of a room type or have read. Guarded by <see cref="RoomBook.Gate"/>.
/// </summary>
internal sealed class RoomSignalThrottle
{
    // Peers repeat the signal every 3 s while their users type.
    private static readonly TimeSpan TypingPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ReadPause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<PeerId, DateTimeOffset> _typing = [];
    private readonly Dictionary<PeerId, DateTimeOffset> _read = [];
    private readonly Dictionary<PeerId, DateTimeOffset> _dueReads = [];
    private readonly HashSet<PeerId> _active = [];

    /// <returns>Whether to tell the user. That a member has stopped is told once.</returns>
    public bool PassesTyping(PeerId member, bool active, DateTimeOffset now)
    {
        if (!active)
        {
            return _active.Remove(member);
        }

        if (!Passes(_typing, member, TypingPause, now))
        {
            return false;
        }

        _ = _active.Add(member);
        return true;
    }

    /// <summary>When <see cref="TakeDueReads"/> has something to return; null if nothing waits.</summary>
    public DateTimeOffset? Deadline => _dueReads.Count == 0 ? null : _dueReads.Values.Min();

    /// <returns>Whether to tell the user now. If not, <see cref="TakeDueReads"/> returns the member later.</returns>
    public bool PassesRead(PeerId member, DateTimeOffset now)
    {
        if (Passes(_read, member, ReadPause, now))
        {
            _ = _dueReads.Remove(member);
            return true;
        }

        // A member may read nothing more, so the last mark must not be lost.
        _dueReads[member] = _read[member] + ReadPause;
        return false;
    }

    /// <summary>The members of whose last mark to tell the user now.</summary>
    public IReadOnlyList<PeerId> TakeDueReads(DateTimeOffset now)
    {
        PeerId[] due = [.. _dueReads.Where(read => read.Value <= now).Select(read => read.Key)];
        foreach (var member in due)
        {
            _ = _dueReads.Remove(member);
            _read[member] = now;
        }

        return due;
    }

    private static bool Passes(
        Dictionary<PeerId, DateTimeOffset> last,
        PeerId member,
        TimeSpan pause,
        DateTimeOffset now
    )
    {
        if (last.TryGetValue(member, out var before) && now - before < pause)
        {
            return false;
        }

        last[member] = now;
        return true;
    }
}
