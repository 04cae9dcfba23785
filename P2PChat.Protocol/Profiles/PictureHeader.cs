namespace P2PChat.Protocol.Profiles;

public enum PictureFormat
{
    Png,
    Jpeg,
    WebP,
}

/// <summary>What the header of a picture says. The picture itself is never decoded.</summary>
/// <param name="HasMetadata">
/// Whether it has parts that its pixels and colors do not need, such as Exif, which may reveal where it was taken.
/// </param>
public sealed record PictureHeader(PictureFormat Format, int Width, int Height, bool HasMetadata)
{
    public string MediaType =>
        Format switch
        {
            PictureFormat.Png => "image/png",
            PictureFormat.Jpeg => "image/jpeg",
            _ => "image/webp",
        };

    /// <summary>The file extension, without the dot.</summary>
    public string Extension =>
        Format switch
        {
            PictureFormat.Png => "png",
            PictureFormat.Jpeg => "jpg",
            _ => "webp",
        };

    /// <summary>Reads a file that is a PNG, JPEG or WebP picture from its first to its last byte.</summary>
    /// <returns>Null if it is anything else, damaged, or animated.</returns>
    public static PictureHeader? Read(ReadOnlySpan<byte> file) =>
        PngReader.Read(file) ?? JpegReader.Read(file) ?? WebPReader.Read(file);
}
