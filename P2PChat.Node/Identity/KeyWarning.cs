using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <summary>Warnings that a name has appeared with another key.</summary>
public static class KeyWarning
{
    /// <summary>The name is pinned to another key.</summary>
    public static string For(Username name, PeerId key) =>
        $"WARNING: {name}'s key has changed, and the new one ({key.Short}) was refused. They may have "
        + $"reinstalled, or someone may be impersonating them. Ask {name} another way before you accept the "
        + "new key.";

    /// <summary>The name belongs to a connected peer with another key.</summary>
    public static string ForClaim(Username name, PeerId key) =>
        $"Another peer ({key.Short}) asked to connect as {name}, and was refused because {name} is connected. "
        + $"If {name} has restarted, disconnect from {name} and let them ask again.";
}
