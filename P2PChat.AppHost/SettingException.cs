namespace P2PChat.AppHost;

/// <summary>An invalid setting. The message is for the user; the exit code is 2.</summary>
public sealed class SettingException(string message) : Exception(message);
