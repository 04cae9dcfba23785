namespace P2PChat.Tests.Architecture;

/// <summary>The arrows of docs/architecture.md: what each project and each namespace may use.</summary>
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
            ["P2PChat.Client"] = ["P2PChat.Protocol"],
            ["P2PChat.Peer"] = ["P2PChat.Client", "P2PChat.Node", "P2PChat.Protocol", "P2PChat.ServiceDefaults"],
            ["P2PChat.AppHost"] = ["P2PChat.Client", "P2PChat.Discovery", "P2PChat.Peer"],
        };

    /// <summary>Namespaces of an assembly, each with the others of that assembly that it may use.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string[]>> Namespaces { get; } =
        new Dictionary<string, IReadOnlyDictionary<string, string[]>>
        {
            ["P2PChat.Node"] = new Dictionary<string, string[]>
            {
                ["Model"] = [],
                ["Timing"] = ["Model"],
                ["Diagnostics"] = ["Model"],
                ["Identity"] = ["Model", "Timing", "Diagnostics"],
                ["Storage"] = ["Model", "Timing", "Diagnostics", "Identity"],
                ["Links"] = ["Model", "Timing", "Diagnostics", "Identity", "Storage"],
                ["DirectoryClient"] = ["Model", "Timing", "Diagnostics", "Identity", "Storage", "Links"],
                ["Sessions"] = ["Model", "Timing", "Diagnostics", "Identity", "Storage", "Links", "DirectoryClient"],
                ["Mailbox"] =
                [
                    "Model",
                    "Timing",
                    "Diagnostics",
                    "Identity",
                    "Storage",
                    "Links",
                    "DirectoryClient",
                    "Sessions",
                ],
                ["Backup"] = ["Model", "Timing", "Diagnostics", "Identity", "Storage"],
                ["Services"] =
                [
                    "Model",
                    "Timing",
                    "Diagnostics",
                    "Identity",
                    "Storage",
                    "Links",
                    "DirectoryClient",
                    "Sessions",
                    "Mailbox",
                    "Backup",
                ],
            },
            ["P2PChat.Peer"] = new Dictionary<string, string[]>
            {
                ["Api"] = [],
                ["Web"] = ["Api"],
                ["Cli"] = ["Api"],
                ["Hosting"] = ["Api", "Web", "Cli"],
                [""] = ["Hosting", "Cli"],
            },
            ["P2PChat.Discovery"] = new Dictionary<string, string[]>
            {
                ["Storage"] = [],
                ["Limits"] = ["Storage"],
                ["Http"] = ["Storage", "Limits"],
                ["Registration"] = ["Storage", "Limits", "Http"],
                ["Lookup"] = ["Storage", "Limits", "Http"],
                ["Events"] = ["Storage", "Limits", "Http"],
                ["Mailboxes"] = ["Storage", "Limits", "Http"],
                ["Admin"] = ["Storage", "Limits", "Http"],
                ["Hosting"] = ["Storage", "Limits", "Http", "Registration", "Lookup", "Events", "Mailboxes", "Admin"],
                [""] = ["Hosting"],
            },
        };
}
