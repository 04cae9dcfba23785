namespace P2PChat.Protocol.Sessions;

/// <summary>What a peer can do beyond the first version, as its Hello says. The values are stored.</summary>
[Flags]
public enum PeerFeatures
{
    None = 0,

    /// <summary>Knows what messages with content mean (docs/protocol.md, section 20).</summary>
    Content = 1,
}
