namespace P2PChat.AppHost.Commands;

/// <summary>A command failed. The message is a sentence for a person.</summary>
public sealed class CommandRefusedException(string message) : Exception(message);
