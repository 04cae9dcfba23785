using P2PChat.Protocol.Files;

namespace P2PChat.Node.Services;

/// <summary>The media types of common extensions. Only a hint for the receiver.</summary>
internal static class MediaTypes
{
    private static readonly Dictionary<string, string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".webp"] = "image/webp",
        [".gif"] = "image/gif",
        [".mp3"] = "audio/mpeg",
        [".ogg"] = "audio/ogg",
        [".opus"] = "audio/ogg",
        [".wav"] = "audio/wav",
        [".mp4"] = "video/mp4",
        [".webm"] = "video/webm",
        [".txt"] = "text/plain",
        [".pdf"] = "application/pdf",
        [".zip"] = "application/zip",
    };

    public static string Of(string name) => Known.GetValueOrDefault(Path.GetExtension(name), FileOffer.UnknownType);
}
