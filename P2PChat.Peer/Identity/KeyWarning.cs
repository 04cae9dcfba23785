using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Identity;

/// <summary>What a person is told when a name that is pinned to a key appears with another.</summary>
public static class KeyWarning
{
    public static string For(Username name) =>
        $"WARNING: {name} HAS ANOTHER KEY THAN BEFORE, and is refused. Either {name} has lost the old key, or somebody pretends to be {name}: ask {name} in another way; if it is really them: 'trust {name}', then connect again.";
}
