using System.Buffers.Binary;
using System.Text;

namespace P2PChat.Protocol.Profiles;

/// <summary>
/// Reads the chunks of a WebP file (RFC 9649, section 2): a RIFF header, then for each chunk 4 bytes of type, 4 of
/// length, little-endian, and the data, padded to an even length.
/// </summary>
internal static class WebPReader
{
    private const int RiffHeader = 12;
    private const int ChunkHeader = 8;
    private const byte AnimationFlag = 0x02;

    private static ReadOnlySpan<byte> LossyStart => [0x9d, 0x01, 0x2a];

    public static PictureHeader? Read(ReadOnlySpan<byte> file)
    {
        if (
            file.Length < RiffHeader
            || !file.StartsWith("RIFF"u8)
            || !file[8..].StartsWith("WEBP"u8)
            || BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) != (uint)(file.Length - ChunkHeader)
        )
        {
            return null;
        }

        var rest = file[RiffHeader..];
        (int Width, int Height)? canvas = null;
        (int Width, int Height)? pixels = null;
        var hasMetadata = false;
        for (var isFirst = true; !rest.IsEmpty; isFirst = false)
        {
            if (!TryTake(ref rest, out var type, out var data))
            {
                return null;
            }

            if (type.SequenceEqual("VP8X"u8))
            {
                canvas = isFirst ? SizeOfExtended(data) : null;
                if (canvas is null)
                {
                    return null;
                }
            }
            else if (type.SequenceEqual("VP8 "u8) || type.SequenceEqual("VP8L"u8))
            {
                if (pixels is not null || (canvas is null && !isFirst))
                {
                    return null;
                }

                pixels = type[3] == 'L' ? SizeOfLossless(data) : SizeOfLossy(data);
            }
            else if (type.StartsWith("ANI"u8) || type.SequenceEqual("ANMF"u8))
            {
                return null;
            }

            hasMetadata |= !IsForPixels(type);
        }

        return pixels is (> 0, > 0) && (canvas is null || canvas == pixels)
            ? new PictureHeader(PictureFormat.WebP, pixels.Value.Width, pixels.Value.Height, hasMetadata)
            : null;
    }

    private static bool IsForPixels(ReadOnlySpan<byte> type) =>
        Encoding.ASCII.GetString(type) is "VP8X" or "VP8 " or "VP8L" or "ALPH" or "ICCP";

    private static (int, int)? SizeOfExtended(ReadOnlySpan<byte> data) =>
        data.Length == 10 && (data[0] & AnimationFlag) == 0 ? (Read24(data[4..]) + 1, Read24(data[7..]) + 1) : null;

    private static (int, int)? SizeOfLossless(ReadOnlySpan<byte> data)
    {
        if (data.Length < 5 || data[0] != 0x2f)
        {
            return null;
        }

        var bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
        return ((int)(bits & 0x3fff) + 1, (int)((bits >> 14) & 0x3fff) + 1);
    }

    // RFC 6386, section 9.1: 3 bytes whose lowest bit is 0 in a key frame, a start code, and the size.
    private static (int, int)? SizeOfLossy(ReadOnlySpan<byte> data) =>
        data.Length >= 10 && (data[0] & 1) == 0 && data[3..].StartsWith(LossyStart)
            ? (
                BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3fff,
                BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3fff
            )
            : null;

    private static int Read24(ReadOnlySpan<byte> data) => data[0] | (data[1] << 8) | (data[2] << 16);

    private static bool TryTake(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data)
    {
        type = default;
        data = default;
        if (rest.Length < ChunkHeader)
        {
            return false;
        }

        var length = (long)BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
        var padded = ChunkHeader + length + (length & 1);
        if (padded > rest.Length)
        {
            return false;
        }

        type = rest[..4];
        data = rest.Slice(ChunkHeader, (int)length);
        rest = rest[(int)padded..];
        return true;
    }
}
