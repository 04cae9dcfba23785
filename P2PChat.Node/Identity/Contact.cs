using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <summary>A peer that this one has been connected to, or has blocked.</summary>
/// <param name="PeerId">The pinned key; null if an older version removed the pin, until the next connection.</param>
/// <param name="Nickname">The user's private name for the contact; null if there is none.</param>
/// <param name="Verified">Whether the safety number has been compared for this key.</param>
/// <param name="Blocked">Whether requests are ignored, as if from a stranger.</param>
public sealed record Contact(Username Name, PeerId? PeerId, string? Nickname, bool Verified, bool Blocked)
{
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
