namespace P2PChat.Discovery.Storage;

/// <summary>The directory cannot start. The message is for its operator: what is wrong, then what to do.</summary>
public sealed class DirectoryStartException(string message, Exception? inner = null) : Exception(message, inner);
