using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>
/// Finds out when a room that was restored from a backup has what another member has. Guarded by
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

    /// <summary>Whether this peer has all that one of the members has named, with what was before it.</summary>
    public bool IsDone(RoomLog log) => _named.Values.Any(named => !named.IsCut && named.Heads.All(log.IsComplete));
}
