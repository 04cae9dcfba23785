namespace P2PChat.Peer.Cli;

/// <summary>Result of a console command.</summary>
public enum CommandResult
{
    Done,

    /// <summary>The reason has been printed.</summary>
    Failed,

    /// <summary>Usage error.</summary>
    Misused,
    Exit,
}
