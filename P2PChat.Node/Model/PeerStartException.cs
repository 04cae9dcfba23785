namespace P2PChat.Node.Model;

/// <summary>A peer cannot start. The message tells the user what happened and what to do.</summary>
public sealed class PeerStartException(string message, Exception? cause = null) : Exception(message, cause);
