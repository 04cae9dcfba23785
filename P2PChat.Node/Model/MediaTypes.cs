using P2PChat.Protocol.Files;

namespace P2PChat.Node.Model;

/// <summary>The media types of common extensions. A hint for the receiver.</summary>
internal static class MediaTypes
{
    private static readonly Dictionary<string, string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".webp"] = "image/webp",
        [".gif"] = "image/gif",
        [".avif"] = "image/avif",
        [".heic"] = "image/heic",
        [".mp3"] = "audio/mpeg",
        [".ogg"] = "audio/ogg",
        [".opus"] = "audio/ogg",
        [".wav"] = "audio/wav",
        [".m4a"] = "audio/mp4",
        [".flac"] = "audio/flac",
        [".mp4"] = "video/mp4",
        [".webm"] = "video/webm",
        [".mov"] = "video/quicktime",
        [".mkv"] = "video/x-matroska",
        [".txt"] = "text/plain",
        [".pdf"] = "application/pdf",
        [".zip"] = "application/zip",
    };

    /// <summary>How many bytes <see cref="OfBytes"/> needs.</summary>
    public const int Start = 16;

    public static string Of(string name) => Known.GetValueOrDefault(Path.GetExtension(name), FileOffer.UnknownType);

    /// <summary>Whether files of a type are pictures, sounds or videos.</summary>
    public static bool IsMedia(string type) =>
        type.StartsWith("image/", StringComparison.Ordinal)
        || type.StartsWith("audio/", StringComparison.Ordinal)
        || type.StartsWith("video/", StringComparison.Ordinal);

    /// <summary>
    /// The media type of a file that a browser can show or play, by its first bytes; null for all others. None of these
    /// types can contain scripts.
    /// </summary>
    public static string? OfBytes(ReadOnlySpan<byte> start) =>
        PictureType.Of(start)
        ?? (
            start.StartsWith("GIF8"u8) ? "image/gif"
            : start.StartsWith("OggS"u8) ? "audio/ogg"
            : start.StartsWith("RIFF"u8) && At(start, 8, "WAVE"u8) ? "audio/wav"
            : start.StartsWith("ID3"u8) || (start.Length > 1 && start[0] == 0xff && (start[1] & 0xe6) == 0xe2)
                ? "audio/mpeg"
            : start.StartsWith((ReadOnlySpan<byte>)[0x1a, 0x45, 0xdf, 0xa3]) ? "video/webm"
            : At(start, 4, "ftyp"u8) ? "video/mp4"
            : null
        );

    private static bool At(ReadOnlySpan<byte> bytes, int offset, ReadOnlySpan<byte> expected) =>
        bytes.Length >= offset + expected.Length && bytes[offset..].StartsWith(expected);
}
