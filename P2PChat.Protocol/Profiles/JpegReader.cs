using System.Buffers.Binary;

namespace P2PChat.Protocol.Profiles;

/// <summary>
/// Reads the segments of a JPEG file up to its first scan (ITU-T T.81, annex B): each is 0xFF, a marker, and 2 bytes of
/// length that count themselves.
/// </summary>
internal static class JpegReader
{
    private const byte Start = 0xd8;
    private const byte End = 0xd9;
    private const byte Scan = 0xda;

    // Length, precision, height, width, number of components.
    private const int FrameLength = 8;

    public static PictureHeader? Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 4 || file[0] != 0xff || file[1] != Start || file[^2] != 0xff || file[^1] != End)
        {
            return null;
        }

        var rest = file[2..];
        (int Width, int Height)? size = null;
        var hasMetadata = false;
        while (TryTake(ref rest, out var marker, out var segment))
        {
            if (marker == Scan)
            {
                return size is (> 0, > 0)
                    ? new PictureHeader(PictureFormat.Jpeg, size.Value.Width, size.Value.Height, hasMetadata)
                    : null;
            }

            if (IsFrame(marker))
            {
                if (size is not null || segment.Length < FrameLength)
                {
                    return null;
                }

                size = (
                    BinaryPrimitives.ReadUInt16BigEndian(segment[5..]),
                    BinaryPrimitives.ReadUInt16BigEndian(segment[3..])
                );
            }

            // Exif and XMP, Photoshop's own, and comments.
            hasMetadata |= marker is 0xe1 or 0xed or 0xfe;
        }

        return null;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> rest, out byte marker, out ReadOnlySpan<byte> segment)
    {
        marker = 0;
        segment = default;
        if (rest.Length < 4 || rest[0] != 0xff)
        {
            return false;
        }

        // Any number of 0xFF may fill the space before a marker.
        var at = rest.IndexOfAnyExcept((byte)0xff);
        if (at < 0 || rest.Length < at + 3)
        {
            return false;
        }

        marker = rest[at];
        var length = BinaryPrimitives.ReadUInt16BigEndian(rest[(at + 1)..]);
        if (marker < 0xc0 || marker is >= 0xd0 and <= End || length < 2 || rest.Length < at + 1 + length)
        {
            return false;
        }

        segment = rest.Slice(at + 1, length);
        rest = rest[(at + 1 + length)..];
        return true;
    }

    // SOF0 to SOF15, without the three markers in between that mean something else.
    private static bool IsFrame(byte marker) => marker is >= 0xc0 and <= 0xcf and not (0xc4 or 0xc8 or 0xcc);
}
