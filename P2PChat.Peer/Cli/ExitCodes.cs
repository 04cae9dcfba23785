namespace P2PChat.Peer.Cli;

/// <summary>What the program tells the one that started it.</summary>
public static class ExitCodes
{
    public const int Success = 0;

    /// <summary>It was asked for something that makes sense, and could not do it.</summary>
    public const int Failure = 1;

    /// <summary>What it was asked makes no sense.</summary>
    public const int Usage = 2;
}
