using P2PChat.Node.Model;

namespace P2PChat.Peer.Formatting;

/// <summary>Names the path of a connection.</summary>
internal static class PathText
{
    /// <summary>The path in one word.</summary>
    public static string Word(PathKind path) =>
        path switch
        {
            PathKind.Lan => "LAN",
            PathKind.Direct => "direct",
            PathKind.Punched => "punched",
            _ => "relayed",
        };

    /// <summary>The name of the icon on the page.</summary>
    public static string Icon(PathKind path) => $"path-{Word(path).ToLowerInvariant()}";

    /// <summary>The meaning of the path, in a sentence.</summary>
    public static string Sentence(PathKind path) =>
        path switch
        {
            PathKind.Lan => "Your devices are connected over the local network.",
            PathKind.Direct => "Your devices are connected directly.",
            PathKind.Punched => "Your devices are connected directly, through the routers of both sides.",
            _ => "Messages pass through the directory's relay, which cannot read them.",
        };
}
