using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;

namespace P2PChat.Protocol.Frames;

/// <summary>
/// Frames on a byte stream: <c>frame = length body</c>, where <c>length</c> is 4 bytes, big-endian, and <c>body</c> a
/// <see cref="Frame"/> of that many bytes. A Ping is <c>00 00 00 02 4A 00</c>.
/// </summary>
public static class FrameCodec
{
    /// <summary>Longest body in bytes.</summary>
    public const int MaxSize = 256 * 1024;

    /// <summary>Length in bytes of the length itself.</summary>
    public const int PrefixSize = 4;

    /// <summary>Reads one frame, if all of it is there.</summary>
    /// <param name="buffer">What has come; on success it begins behind the frame.</param>
    /// <returns>False if more bytes are needed.</returns>
    /// <exception cref="FrameException">The length is zero or above <see cref="MaxSize"/>, or the body is not a Frame.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out Frame frame)
    {
        frame = null!;
        if (buffer.Length < PrefixSize)
            return false;

        // Judged before anything is waited for: a peer that announces 4 GiB is cut off at once.
        var length = ReadLength(buffer);
        if (length is 0 or > MaxSize)
            throw new FrameException($"A frame has 1 to {MaxSize} bytes, not {length}.");
        if (buffer.Length < PrefixSize + length)
            return false;

        var body = buffer.Slice(PrefixSize, length);
        frame = Protobuf.TryParse(Frame.Parser, Frame.Descriptor, body) ?? throw new FrameException("The body is not a Frame message.");
        buffer = buffer.Slice(body.End);
        return true;
    }

    /// <summary>Writes one frame.</summary>
    /// <exception cref="FrameException">The frame is longer than <see cref="MaxSize"/>.</exception>
    public static void Write(IBufferWriter<byte> writer, Frame frame)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(frame);
        var length = frame.CalculateSize();
        if (length > MaxSize)
            throw new FrameException($"A frame has 1 to {MaxSize} bytes, not {length}.");

        BinaryPrimitives.WriteInt32BigEndian(writer.GetSpan(PrefixSize), length);
        writer.Advance(PrefixSize);
        frame.WriteTo(writer);
    }

    private static uint ReadLength(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> prefix = stackalloc byte[PrefixSize];
        buffer.Slice(0, PrefixSize).CopyTo(prefix);
        return BinaryPrimitives.ReadUInt32BigEndian(prefix);
    }
}
