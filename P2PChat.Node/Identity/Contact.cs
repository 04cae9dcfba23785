using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <summary>Somebody whom a peer knows.</summary>
/// <param name="PeerId">The pinned key; null if an older version removed the pin, until the next connection.</param>
/// <param name="Nickname">What the person calls them; null if nothing.</param>
/// <param name="Verified">Whether their safety number has been compared, for this very key.</param>
/// <param name="Blocked">Whether they are treated like a stranger who is never let in.</param>
public sealed record Contact(Username Name, PeerId? PeerId, string? Nickname, bool Verified, bool Blocked)
{
    /// <summary>Other keys that a warning showed since, newest last; a trust may accept one of them.</summary>
    public IReadOnlyList<PeerId> OtherKeys { get; init; } = [];
}
