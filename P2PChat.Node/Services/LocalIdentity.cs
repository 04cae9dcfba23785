using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>This peer's own username and key.</summary>
internal sealed record LocalIdentity(Username Name, PeerId PeerId);
