using P2PChat.Protocol.Profiles;

namespace P2PChat.Node.Services;

/// <summary>Checks pictures that the user sets.</summary>
internal static class PictureProblem
{
    /// <param name="maxBytes">The largest size.</param>
    /// <returns>A sentence for the user; null if the picture is valid.</returns>
    public static string? Of(ReadOnlySpan<byte> picture, int maxBytes) =>
        picture.IsEmpty ? "The picture is empty. Choose a PNG, JPEG or WebP file."
        : picture.Length > maxBytes ? $"The picture is too large. Use one of at most {maxBytes / 1024} KiB."
        : ProfileRules.Check(picture) switch
        {
            ProfileProblem.PictureFormat =>
                "This file format is not supported. Use a PNG, JPEG or WebP file without animation.",
            ProfileProblem.PictureDimensions =>
                $"The picture is too large. Use one of at most {ProfileRules.MaxPictureSide} × "
                    + $"{ProfileRules.MaxPictureSide} pixels.",
            _ when PictureHeader.Read(picture) is { HasMetadata: true } =>
                "The picture contains metadata that may reveal where it was taken. Remove it, or upload the "
                    + "picture on the page, which removes it.",
            _ => null,
        };
}
