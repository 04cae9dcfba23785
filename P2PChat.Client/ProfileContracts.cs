using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>Answer to <c>GET /api/profile</c>: how this peer's user wants to be shown.</summary>
/// <param name="DisplayName">Null for none.</param>
/// <param name="HasPicture">Whether there is a picture: <c>GET /api/profile/picture</c>.</param>
/// <param name="Version">Changes with each change; 0 if the profile was never set.</param>
public sealed record ProfileResponse(string Username, string? DisplayName, bool HasPicture, long Version);

/// <summary>Body of <c>PUT /api/profile</c>.</summary>
/// <param name="DisplayName">1 to 64 characters; null to remove it.</param>
public sealed record ProfileRequest([property: JsonRequired] string? DisplayName);

/// <summary>A picture of a person.</summary>
/// <param name="MediaType"><c>image/png</c>, <c>image/jpeg</c> or <c>image/webp</c>.</param>
public sealed record PictureFile(string MediaType, ReadOnlyMemory<byte> Bytes);
