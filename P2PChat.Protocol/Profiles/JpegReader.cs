using System.Buffers.Binary;

namespace P2PChat.Protocol.Profiles;

/// <summary>
/// Reads the segments of a JPEG file (ITU-T T.81, annex B): each is 0xFF, a marker, and 2 bytes of length that count
/// themselves. A scan is followed by its coded data, and the end by nothing.
/// </summary>
internal static class JpegReader
{
    private const byte Start = 0xd8;
    private const byte End = 0xd9;
    private const byte Scan = 0xda;

    // Length, precision, height, width, number of components.
    private const int FrameLength = 8;

    // Without a thumbnail, which may show more than the picture does.
    private const int JfifLength = 16;
    private const int AdobeLength = 14;

    public static PictureHeader? Read(ReadOnlySpan<byte> file)
    {
        if (file.Length < 4 || file[0] != 0xff || file[1] != Start)
        {
            return null;
        }

        var rest = file[2..];
        (int Width, int Height)? size = null;
        var (hasScan, hasMetadata) = (false, false);
        while (TryTakeMarker(ref rest, out var marker))
        {
            if (marker == End)
            {
                return hasScan && rest.IsEmpty && size is (> 0, > 0)
                    ? new PictureHeader(PictureFormat.Jpeg, size.Value.Width, size.Value.Height, hasMetadata)
                    : null;
            }

            if (!TryTakeSegment(ref rest, marker, out var segment))
            {
                return null;
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
            else if (marker == Scan)
            {
                hasScan = true;
                SkipCodedData(ref rest);
            }

            hasMetadata |= !IsForPixels(marker, segment);
        }

        return null;
    }

    // Any number of 0xFF may stand before a marker.
    private static bool TryTakeMarker(ref ReadOnlySpan<byte> rest, out byte marker)
    {
        var at = rest.IndexOfAnyExcept((byte)0xff);
        marker = at > 0 ? rest[at] : (byte)0;
        rest = at > 0 ? rest[(at + 1)..] : default;
        return at > 0;
    }

    private static bool TryTakeSegment(ref ReadOnlySpan<byte> rest, byte marker, out ReadOnlySpan<byte> segment)
    {
        segment = default;
        // Those below and the restart markers have no length.
        if (marker is < 0xc0 or (>= 0xd0 and <= End) || rest.Length < 2)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (length < 2 || rest.Length < length)
        {
            return false;
        }

        segment = rest[..length];
        rest = rest[length..];
        return true;
    }

    // In coded data, 0xFF is followed by 0x00 or a restart marker. Any other byte ends it.
    private static void SkipCodedData(ref ReadOnlySpan<byte> rest)
    {
        while (true)
        {
            var at = rest.IndexOf((byte)0xff);
            if (at < 0 || at + 1 == rest.Length)
            {
                rest = default;
                return;
            }

            rest = rest[at..];
            if (rest[1] is not (0x00 or (>= 0xd0 and <= 0xd7)))
            {
                return;
            }

            rest = rest[2..];
        }
    }

    // SOF0 to SOF15, without the three markers in between that mean something else.
    private static bool IsFrame(byte marker) => marker is >= 0xc0 and <= 0xcf and not (0xc4 or 0xc8 or 0xcc);

    // Frames, tables and scans, and the segments that say how to show their colors.
    private static bool IsForPixels(byte marker, ReadOnlySpan<byte> segment) =>
        IsFrame(marker)
        || marker switch
        {
            0xc4 or 0xcc or Scan or 0xdb or 0xdc or 0xdd => true,
            0xe0 => segment.Length == JfifLength && segment[2..].StartsWith("JFIF\0"u8),
            0xe2 => segment[2..].StartsWith("ICC_PROFILE\0"u8),
            0xee => segment.Length == AdobeLength && segment[2..].StartsWith("Adobe"u8),
            _ => false,
        };
}
