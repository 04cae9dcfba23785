namespace P2PChat.Peer.Cli;

/// <summary>The exit codes of the process.</summary>
public static class ExitCodes
{
    public const int Success = 0;

    /// <summary>A valid request failed.</summary>
    public const int Failure = 1;

    /// <summary>Usage error.</summary>
    public const int Usage = 2;
}
