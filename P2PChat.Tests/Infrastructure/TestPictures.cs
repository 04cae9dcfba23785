using System.Buffers.Binary;
using System.Text;

namespace P2PChat.Tests.Infrastructure;

/// <summary>Pictures whose headers are right. Their pixels are not, unless the name says so.</summary>
internal static class TestPictures
{
    /// <summary>A red pixel, which a browser can decode.</summary>
    public static byte[] RealPng { get; } =
        Convert.FromBase64String(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
        );

    public static byte[] Png(int width, int height, params (string Type, byte[] Data)[] more)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 6);
        return
        [
            0x89,
            .. "PNG\r\n\u001a\n"u8,
            .. Chunk("IHDR", header),
            .. more.SelectMany(chunk => Chunk(chunk.Type, chunk.Data)),
            .. Chunk("IDAT", [1, 2, 3]),
            .. Chunk("IEND", []),
        ];
    }

    /// <param name="segments">Segments before the frame, with their markers.</param>
    public static byte[] Jpeg(int width, int height, params (byte Marker, byte[] Data)[] segments) =>
        [
            0xff,
            0xd8,
            .. segments.SelectMany(segment => Segment(segment.Marker, segment.Data)),
            .. Segment(0xc0, [8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, 1, 1, 0x11, 0]),
            .. Segment(0xda, [1, 1, 0, 0, 63, 0]),
            0x12,
            0x34,
            0xff,
            0xd9,
        ];

    public static byte[] WebP(params (string Type, byte[] Data)[] chunks)
    {
        byte[] body =
        [
            .. "WEBP"u8,
            .. chunks.SelectMany(chunk =>
                (byte[])[.. Encoding.ASCII.GetBytes(chunk.Type), .. Little(chunk.Data.Length), .. Even(chunk.Data)]
            ),
        ];
        return [.. "RIFF"u8, .. Little(body.Length), .. body];
    }

    public static (string, byte[]) Lossy(int width, int height) =>
        ("VP8 ", [0x10, 0, 0, 0x9d, 0x01, 0x2a, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 7]);

    public static (string, byte[]) Lossless(int width, int height) =>
        ("VP8L", [0x2f, .. Little((width - 1) | ((height - 1) << 14)), 7]);

    public static (string, byte[]) Extended(int width, int height, byte flags = 0) =>
        ("VP8X", [flags, 0, 0, 0, .. Little(width - 1)[..3], .. Little(height - 1)[..3]]);

    /// <summary>A PNG of exactly that size.</summary>
    public static byte[] PngOfSize(int bytes) => Png(16, 16, ("IDAT", new byte[bytes - Png(16, 16).Length - 12]));

    /// <summary>A segment of a JPEG file.</summary>
    public static byte[] Segment(byte marker, byte[] data) =>
        [0xff, marker, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data];

    private static byte[] Chunk(string type, byte[] data) =>
        [.. Little(data.Length).Reverse(), .. Encoding.ASCII.GetBytes(type), .. data, 0, 0, 0, 0];

    private static byte[] Even(byte[] data) => data.Length % 2 == 0 ? data : [.. data, 0];

    private static byte[] Little(int value) => BitConverter.GetBytes(value);
}
