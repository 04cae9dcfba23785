using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Links;

/// <summary>A side's role in TLS (docs/protocol.md, section 4).</summary>
internal enum TlsRole
{
    /// <summary>The dialler, or the lower PeerId on a path that both sides open.</summary>
    Client,

    /// <summary>The dialled side, or the higher PeerId on a path that both sides open.</summary>
    Server,
}

/// <summary>The roles on paths that both sides open.</summary>
internal static class TlsRoles
{
    /// <summary>This side's role on a punched or relayed path.</summary>
    public static TlsRole Between(PeerId self, PeerId remote) => self < remote ? TlsRole.Client : TlsRole.Server;
}
