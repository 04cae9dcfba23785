namespace P2PChat.Node.Model;

/// <summary>How long the messages of a conversation stay before they disappear.</summary>
/// <param name="Seconds">0 if they do not disappear.</param>
/// <param name="TheyKeepMessages">
/// Whether the other peer is an older version, which keeps the messages; null if that is unknown until the next link.
/// </param>
public sealed record TimerView(uint Seconds, bool? TheyKeepMessages);
