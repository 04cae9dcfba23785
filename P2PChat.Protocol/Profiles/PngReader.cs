using System.Buffers.Binary;
using System.Text;

namespace P2PChat.Protocol.Profiles;

/// <summary>
/// Reads the chunks of a PNG file (W3C PNG, section 5): a signature, then for each chunk 4 bytes of length, 4 of type,
/// the data and 4 of checksum.
/// </summary>
internal static class PngReader
{
    private const int Frame = 12;
    private const int HeaderLength = 13;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    public static PictureHeader? Read(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith(Signature))
        {
            return null;
        }

        var rest = file[Signature.Length..];
        if (!TryTake(ref rest, out var type, out var header) || !type.SequenceEqual("IHDR"u8))
        {
            return null;
        }

        if (header.Length != HeaderLength)
        {
            return null;
        }

        var (width, height) = (
            BinaryPrimitives.ReadInt32BigEndian(header),
            BinaryPrimitives.ReadInt32BigEndian(header[4..])
        );
        var (hasPixels, hasMetadata) = (false, false);
        while (TryTake(ref rest, out type, out var data))
        {
            // Neither an animated PNG nor one with a second header is a still picture.
            if (type.SequenceEqual("acTL"u8) || type.SequenceEqual("IHDR"u8))
            {
                return null;
            }

            if (type.SequenceEqual("IEND"u8))
            {
                return hasPixels && data.IsEmpty && rest.IsEmpty && width > 0 && height > 0
                    ? new PictureHeader(PictureFormat.Png, width, height, hasMetadata)
                    : null;
            }

            hasPixels |= type.SequenceEqual("IDAT"u8);
            hasMetadata |= !IsForPixels(type);
        }

        return null;
    }

    private static bool IsForPixels(ReadOnlySpan<byte> type) =>
        Encoding.ASCII.GetString(type)
            is "PLTE"
                or "IDAT"
                or "tRNS"
                or "gAMA"
                or "cHRM"
                or "sRGB"
                or "iCCP"
                or "sBIT"
                or "pHYs"
                or "bKGD";

    private static bool TryTake(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> data)
    {
        type = default;
        data = default;
        if (rest.Length < Frame || BinaryPrimitives.ReadUInt32BigEndian(rest) > (uint)(rest.Length - Frame))
        {
            return false;
        }

        var length = (int)BinaryPrimitives.ReadUInt32BigEndian(rest);
        type = rest.Slice(4, 4);
        data = rest.Slice(8, length);
        rest = rest[(Frame + length)..];
        return true;
    }
}
