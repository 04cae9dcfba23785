using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <summary>How a contact's key was verified. The values are stored.</summary>
public enum VerifiedBy
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>The users have compared the safety number.</summary>
    Comparison = 1,

    /// <summary>The key was in the invite link, or the contact joined by an invite for one person.</summary>
    Invite = 2,
}

/// <summary>A peer that this one has been connected to, has joined by an invite, or has blocked.</summary>
/// <param name="PeerId">The pinned key; null if an older version removed the pin, until the next connection.</param>
/// <param name="Nickname">The user's private name for the contact; null if there is none.</param>
/// <param name="Blocked">Whether requests are ignored, as if from a stranger.</param>
public sealed record Contact(Username Name, PeerId? PeerId, string? Nickname, VerifiedBy VerifiedBy, bool Blocked)
{
    /// <summary>Whether the key is verified.</summary>
    public bool Verified => VerifiedBy != VerifiedBy.None;

    /// <summary>Whether it was accepted by an invite of this peer.</summary>
    public bool JoinedByInvite { get; init; }

    /// <summary>Other keys that a warning has shown since, newest last. The user may trust one of them.</summary>
    public IReadOnlyList<PeerId> OtherKeys { get; init; } = [];
}

/// <summary>The result of comparing a key with the pinned one.</summary>
public enum PinCheck
{
    /// <summary>The two have never been connected, or the name is blocked and so counts as a stranger's.</summary>
    NotPinned,
    Same,

    /// <summary>The name is pinned to another key.</summary>
    Changed,
}
