namespace P2PChat.Peer.Cli.Terminal;

/// <summary>The colours that a terminal supports.</summary>
public enum TerminalColors
{
    None,

    /// <summary>The 16 colours of the user's palette.</summary>
    Sixteen,

    /// <summary>These, and the 6 × 6 × 6 colour cube and greys of xterm.</summary>
    Palette256,
}
