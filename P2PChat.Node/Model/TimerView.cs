namespace P2PChat.Node.Model;

/// <summary>After how long the messages of a conversation disappear.</summary>
/// <param name="Seconds">0 if they stay.</param>
/// <param name="TheyKeepMessages">
/// Whether the other peer is an older version, as far as known, which keeps the messages.
/// </param>
public sealed record TimerView(uint Seconds, bool TheyKeepMessages);
