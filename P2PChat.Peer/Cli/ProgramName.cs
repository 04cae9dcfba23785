namespace P2PChat.Peer.Cli;

/// <summary>How the help and the completion scripts call the program.</summary>
/// <param name="Name">The program.</param>
/// <param name="Peer">The program with the subcommand that runs a peer, if it needs one.</param>
public sealed record ProgramName(string Name, string Peer)
{
    /// <summary>P2PChat.Peer as a program of its own.</summary>
    public static ProgramName Standalone { get; } = new("P2PChat.Peer", "P2PChat.Peer");

    /// <summary>Follows each usage error.</summary>
    public string Hint => $"Run '{Peer} --help' for usage.";
}
