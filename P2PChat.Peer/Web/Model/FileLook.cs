using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>How the page shows a file, by what its sender says about it.</summary>
/// <param name="Words">What it is called where only a few words fit, such as <c>Picture</c> or its name.</param>
/// <param name="Icon">A name of <see cref="Components.Parts.Icon"/>.</param>
internal sealed record FileLook(FileKind Kind, string Words, string Icon)
{
    /// <summary>Beginning of the names that voice.js gives.</summary>
    public const string VoicePrefix = "voice-clip-";

    // The browser would hold all pixels of a larger one.
    private const long MaxPictureBytes = 64L * 1024 * 1024;

    public static FileLook Of(MessageFile file) => Of(file.Name, file.Size, file.MediaType);

    public static FileLook Of(FileTransfer file) => Of(file.Name, file.Size, file.MediaType);

    /// <summary>The text of a message where only a few words fit: of a file, what it is.</summary>
    public static string TextOf(Message message) => message.File is { } file ? Of(file).Words : message.Text;

    /// <summary>The text of a message in the results of a search: of a file, its name.</summary>
    public static string Searched(Message message) => message.File?.Name ?? message.Text;

    private static FileLook Of(string name, long size, string mediaType) =>
        mediaType switch
        {
            // Never SVG, which is a document.
            "image/png" or "image/jpeg" or "image/webp" or "image/gif" when size <= MaxPictureBytes => new(
                FileKind.Picture,
                "Picture",
                "picture"
            ),
            ['a', 'u', 'd', 'i', 'o', '/', ..] when name.StartsWith(VoicePrefix, StringComparison.Ordinal) => new(
                FileKind.Sound,
                "Voice clip",
                "microphone"
            ),
            ['a', 'u', 'd', 'i', 'o', '/', ..] => new(FileKind.Sound, name, "sound"),
            ['v', 'i', 'd', 'e', 'o', '/', ..] => new(FileKind.Video, name, "video"),
            ['i', 'm', 'a', 'g', 'e', '/', ..] => new(FileKind.Other, name, "picture"),
            _ => new(FileKind.Other, name, "file"),
        };
}

/// <summary>What of a file the page can show.</summary>
internal enum FileKind
{
    Other,
    Picture,
    Sound,
    Video,
}
