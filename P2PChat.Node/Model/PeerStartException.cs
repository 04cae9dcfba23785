namespace P2PChat.Node.Model;

/// <summary>Why a peer cannot run at all. Its message is one sentence for a person, and says what to do.</summary>
public sealed class PeerStartException(string message, Exception? cause = null) : Exception(message, cause);
