using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Finds out when a room that was restored from a backup has what most of the other members have. Guarded by
/// <see cref="RoomBook.Gate"/>.
/// </summary>
internal sealed class RoomCatchUp
{
    // Members choose how many they name.
    private const int MaxHeads = 1024;

    private readonly Dictionary<PeerId, Named> _named = [];
    private int _count;

    private sealed class Named
    {
        public HashSet<RoomEventId> Heads { get; } = [];

        public bool IsCut { get; set; }
    }

    /// <summary>A member has said what it has.</summary>
    public void OnHeads(PeerId from, IReadOnlyList<RoomEventId> heads)
    {
        if (heads.Count == 0)
        {
            return;
        }

        if (!_named.TryGetValue(from, out var named))
        {
            _named[from] = named = new Named();
        }

        foreach (var id in heads.Where(id => !named.Heads.Contains(id)))
        {
            if (_count >= MaxHeads)
            {
                named.IsCut = true;
                break;
            }

            _ = named.Heads.Add(id);
            _count++;
        }
    }

    /// <summary>
    /// Whether this peer has all that most of the other members have named, with what was before it. One of them may
    /// name less than it has, so that this peer forks its own messages.
    /// </summary>
    public bool IsDone(RoomLog log, PeerId self)
    {
        var others = log.State.Members.Values.Where(member => member.HasJoined && member.Id != self).ToList();
        return 2 * others.Count(member => HasAllOf(log, member.Id)) > others.Count;
    }

    private bool HasAllOf(RoomLog log, PeerId member) =>
        _named.TryGetValue(member, out var named) && !named.IsCut && named.Heads.All(log.IsComplete);
}
