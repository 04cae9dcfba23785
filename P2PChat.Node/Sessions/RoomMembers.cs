using Google.Protobuf;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The members of this peer's rooms, whose requests for the sake of a room are accepted without asking. Thread-safe.
/// </summary>
internal sealed class RoomMembers
{
    private volatile IReadOnlyDictionary<PeerId, RoomSignal.LinkProof> _proofs =
        new Dictionary<PeerId, RoomSignal.LinkProof>();
    private volatile IReadOnlySet<PeerId> _all = new HashSet<PeerId>();

    public IReadOnlySet<PeerId> All
    {
        get => _all;
        set => _all = value;
    }

    /// <summary>The proofs of invite links that this peer shows to the moderators who made them.</summary>
    public IReadOnlyDictionary<PeerId, RoomSignal.LinkProof> Proofs
    {
        get => _proofs;
        set => _proofs = value;
    }

    /// <summary>This peer's request to a member, or to a moderator whose link it has.</summary>
    public Request RequestTo(PeerId member) =>
        _proofs.GetValueOrDefault(member) is { } shown
            ? new Request
            {
                ForRooms = true,
                InviteId = UnsafeByteOperations.UnsafeWrap(shown.InviteId),
                InviteProof = UnsafeByteOperations.UnsafeWrap(shown.Proof),
            }
            : new Request { ForRooms = true };
}
