namespace P2PChat.Node.Model;

/// <summary>
/// How another person wants to be shown. Anyone can claim any name, so show it only next to the username.
/// </summary>
/// <param name="Version">Changes with each change of the profile.</param>
/// <param name="DisplayName">Safe to show; null for none.</param>
/// <param name="HasPicture">Whether there is a picture.</param>
public sealed record ContactProfile(long Version, string? DisplayName, bool HasPicture);
