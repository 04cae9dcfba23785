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

    /// <returns>Whether to tell the user now.</returns>
    public bool PassesRead(PeerId member, DateTimeOffset now) => Passes(_read, member, ReadPause, now);

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
