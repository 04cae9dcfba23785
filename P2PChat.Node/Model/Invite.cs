using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;

namespace P2PChat.Node.Model;

/// <summary>Whether an invite can still be used.</summary>
public enum InviteValidity
{
    Open,

    /// <summary>All uses are spent.</summary>
    Used,
    Revoked,
    Expired,

    /// <summary>Voided, because this peer was restored from a backup or found to be an older copy.</summary>
    Void,
}

/// <summary>A peer that was accepted by an invite.</summary>
public sealed record InviteUse(PeerId Key, Username Name, DateTimeOffset At);

/// <summary>An invite of this peer.</summary>
/// <param name="Uses">How many peers it admits.</param>
public sealed record Invite(InviteSecret Secret, int Uses, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>Eight characters, for people.</summary>
    public string ShortId => InviteSecret.ShortIdOf(Secret.Id.Span);

    /// <summary>The peers that were accepted by it, oldest first.</summary>
    public IReadOnlyList<InviteUse> Joined { get; init; } = [];

    /// <summary><see cref="InviteValidity.Revoked"/> or <see cref="InviteValidity.Void"/>; null for neither.</summary>
    public InviteValidity? EndedAs { get; init; }

    /// <summary>When it was revoked or voided; null if it was not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public InviteValidity ValidityAt(DateTimeOffset now) =>
        EndedAs
        ?? (
            now >= ExpiresAt ? InviteValidity.Expired
            : Joined.Count >= Uses ? InviteValidity.Used
            : InviteValidity.Open
        );
}

/// <summary>An invite that this peer was given.</summary>
/// <param name="InviteId">The id of the invite, 16 bytes.</param>
/// <param name="Secret">Null once the inviter has accepted.</param>
/// <param name="Directory">Base address of the directory.</param>
internal sealed record JoinedInvite(
    Username Inviter,
    PeerId Key,
    ReadOnlyMemory<byte> InviteId,
    InviteSecret? Secret,
    Uri Directory,
    DateTimeOffset At
)
{
    /// <summary>The id of the directory, 16 bytes; null until this peer has registered there.</summary>
    public ReadOnlyMemory<byte>? DirectoryId { get; init; }

    /// <summary>Whether the inviter has accepted.</summary>
    public bool IsConfirmed => Secret is null;
}
