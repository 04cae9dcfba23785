using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Rooms;

/// <summary>Whether an invite link to a room can still be used.</summary>
public enum RoomInviteState
{
    Open,

    /// <summary>All uses are spent.</summary>
    Used,
    Revoked,
    Expired,
}

/// <summary>Why a peer that has shown the proof of an invite link is not invited.</summary>
public enum RoomInviteRefusal
{
    /// <summary>There is no such link, or the proof is wrong.</summary>
    Unknown,
    Used,
    Revoked,
    Expired,
    RoomFull,

    /// <summary>The peer that made the link may not invite any more.</summary>
    NotAllowed,

    /// <summary>The peer was removed from the room, so that a moderator has to invite it by name.</summary>
    Removed,

    /// <summary>The user has blocked the peer, and it is not told.</summary>
    Blocked,

    /// <summary>This peer does not know enough of the room now. The other side is not told, and asks again.</summary>
    NotNow,
}

/// <summary>An invite link of this peer to a room.</summary>
/// <param name="Uses">How many peers it admits.</param>
public sealed record RoomInvite(InviteSecret Secret, int Uses, DateTimeOffset CreatedAt, DateTimeOffset NotAfter)
{
    /// <summary>The peers that were invited by it, oldest first.</summary>
    public IReadOnlyList<PeerId> UsedBy { get; init; } = [];

    /// <summary>Whether it was ended before its time.</summary>
    public bool IsRevoked { get; init; }

    public RoomInviteState StateAt(DateTimeOffset now) =>
        IsRevoked ? RoomInviteState.Revoked
        : now > NotAfter ? RoomInviteState.Expired
        : UsedBy.Count >= Uses ? RoomInviteState.Used
        : RoomInviteState.Open;
}

/// <summary>This peer asks the moderator who made an invite link to be invited to a room.</summary>
/// <param name="Name">The moderator's name, by the link.</param>
public sealed record RoomLinkRequest(PeerId Moderator, Username Name, InviteSecret Secret, DateTimeOffset At)
{
    /// <summary>The proof that this peer shows to the moderator.</summary>
    public RoomSignal.LinkProof ProofFor(RoomEventId room, PeerId self) =>
        new(room, Secret.Id, RoomInviteProof.Compute(Secret, room, Moderator, self));
}

/// <summary>The refusals as frames carry them.</summary>
public static class RoomInviteRefusals
{
    /// <returns>Null if the other side is not told.</returns>
    public static InviteState? StateOf(RoomInviteRefusal refusal) =>
        refusal switch
        {
            RoomInviteRefusal.Unknown => InviteState.Unknown,
            RoomInviteRefusal.Used => InviteState.Used,
            RoomInviteRefusal.Revoked => InviteState.Revoked,
            RoomInviteRefusal.Expired => InviteState.Expired,
            RoomInviteRefusal.RoomFull => InviteState.RoomFull,
            RoomInviteRefusal.NotAllowed => InviteState.NotAllowed,
            RoomInviteRefusal.Removed => InviteState.Removed,
            _ => null,
        };

    /// <returns>Null for a state that this version does not know.</returns>
    public static RoomInviteRefusal? Of(InviteState state) =>
        Enum.GetValues<RoomInviteRefusal>()
            .Cast<RoomInviteRefusal?>()
            .FirstOrDefault(one => StateOf(one!.Value) == state);
}
