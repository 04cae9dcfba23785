namespace P2PChat.Tests.Architecture;

/// <summary>What each project and namespace may use: docs/decisions/0029-layers-by-assemblies.md.</summary>
internal static class Layers
{
    /// <summary>Project references that each project may have.</summary>
    public static IReadOnlyDictionary<string, string[]> Projects { get; } =
        new Dictionary<string, string[]>
        {
            ["P2PChat.Protocol"] = [],
            ["P2PChat.ServiceDefaults"] = ["P2PChat.Protocol"],
            ["P2PChat.Discovery"] = ["P2PChat.Protocol", "P2PChat.ServiceDefaults"],
            ["P2PChat.Node"] = ["P2PChat.Protocol"],
            ["P2PChat.Client"] = [],
            ["P2PChat.Peer"] = ["P2PChat.Client", "P2PChat.Node", "P2PChat.Protocol", "P2PChat.ServiceDefaults"],
            ["P2PChat.App"] = ["P2PChat.Discovery", "P2PChat.Peer"],
            // The directory and the peer are resources that it starts.
            ["P2PChat.AppHost"] = ["P2PChat.Client", "P2PChat.Discovery", "P2PChat.Peer", "P2PChat.Protocol"],
        };

    /// <summary>Namespaces of an assembly, each with the others of that assembly that it may use.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string[]>> Namespaces { get; } =
        new Dictionary<string, IReadOnlyDictionary<string, string[]>>
        {
            ["P2PChat.Node"] = Ordered(
                ["Model", "Timing"],
                ["Diagnostics"],
                ["Identity"],
                ["Storage"],
                ["Links"],
                ["DirectoryClient", "Lan"],
                ["Paths"],
                ["Invites"],
                ["Sessions"],
                ["Mailbox", "Backup", "Rooms"],
                ["Services"]
            ),
            ["P2PChat.Peer"] = Ordered(["SignIn", "Formatting"], ["Api"], ["Web", "Cli"], ["Hosting"], [""]),
            ["P2PChat.Discovery"] = Ordered(
                ["Configuration", "Diagnostics"],
                ["Storage"],
                ["Http"],
                ["Limits"],
                ["Access"],
                ["Registration", "Lookup", "Events", "Mailboxes", "Files", "Invites", "Admin", "Stun", "Relay"],
                ["Hosting"],
                [""]
            ),
        };

    // Each layer may use the layers before it. Namespaces of one layer may not use each other.
    private static Dictionary<string, string[]> Ordered(params string[][] layers)
    {
        var allowed = new Dictionary<string, string[]>();
        foreach (var (index, layer) in layers.Index())
        {
            foreach (var name in layer)
            {
                allowed[name] = [.. layers[..index].SelectMany(lower => lower)];
            }
        }

        return allowed;
    }
}
