namespace P2PChat.AppHost;

/// <summary>A setting that the app can't be built from. The message is one sentence for whoever set it; the exit code is 2.</summary>
public sealed class SettingException(string message) : Exception(message);
