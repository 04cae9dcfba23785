using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The members of this peer's rooms, whose requests for the sake of a room are accepted without asking. Thread-safe.
/// </summary>
internal sealed class RoomMembers
{
    private volatile IReadOnlySet<PeerId> _all = new HashSet<PeerId>();

    public IReadOnlySet<PeerId> All
    {
        get => _all;
        set => _all = value;
    }
}
