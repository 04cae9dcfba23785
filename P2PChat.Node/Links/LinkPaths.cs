using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Links;

/// <summary>Converts between the paths of this program and those of the protocol.</summary>
internal static class LinkPaths
{
    public static LinkPath ToWire(this PathKind path) =>
        path switch
        {
            PathKind.Lan => LinkPath.Lan,
            PathKind.Direct => LinkPath.Direct,
            PathKind.Punched => LinkPath.Punched,
            PathKind.Relayed => LinkPath.Relayed,
            _ => throw new ArgumentOutOfRangeException(nameof(path)),
        };

    /// <returns>Null if it is unspecified, because no link is open.</returns>
    public static PathKind? ToKind(this LinkPath path) =>
        path switch
        {
            LinkPath.Lan => PathKind.Lan,
            LinkPath.Direct => PathKind.Direct,
            LinkPath.Punched => PathKind.Punched,
            LinkPath.Relayed => PathKind.Relayed,
            _ => null,
        };
}
