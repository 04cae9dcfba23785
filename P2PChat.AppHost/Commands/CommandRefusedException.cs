namespace P2PChat.AppHost.Commands;

/// <summary>A command failed. The message is a sentence for the user.</summary>
public sealed class CommandRefusedException(string message) : Exception(message);
