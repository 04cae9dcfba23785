namespace P2PChat.Protocol.Profiles;

/// <summary>How a person wants to be shown.</summary>
/// <param name="Version">Identifies this revision; 0 if there has never been one.</param>
/// <param name="DisplayName">Empty for none. As it was sent: not safe to display.</param>
/// <param name="Picture">Empty for none.</param>
public sealed record PeerProfile(long Version, string DisplayName, ReadOnlyMemory<byte> Picture)
{
    /// <summary>The profile of a person who has never set one.</summary>
    public static PeerProfile None { get; } = new(0, "", default);
}
