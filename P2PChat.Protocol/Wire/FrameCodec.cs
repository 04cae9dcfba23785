using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;

namespace P2PChat.Protocol.Wire;

/// <summary>
/// Reads and writes frames on a byte stream (docs/protocol.md, section 5): a 4-byte big-endian length, then a
/// <see cref="Frame"/> of that many bytes. A Ping is <c>00 00 00 02 4A 00</c>.
/// </summary>
public static class FrameCodec
{
    /// <summary>Maximum size of a body, in bytes.</summary>
    public const int MaxSize = 256 * 1024;

    /// <summary>Size of the length prefix in bytes.</summary>
    public const int PrefixSize = 4;

    /// <summary>Reads one frame, if it is complete.</summary>
    /// <param name="buffer">The received bytes. Advances past the frame on success.</param>
    /// <returns>False if more bytes are needed.</returns>
    /// <exception cref="FrameException">
    /// The length is 0 or above <see cref="MaxSize"/>, or the body is not a Frame.
    /// </exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out Frame frame)
    {
        frame = null!;
        if (!TryFindBody(buffer, out var body))
        {
            return false;
        }

        frame = Parse(body);
        buffer = buffer.Slice(body.End);
        return true;
    }

    /// <summary>
    /// Reads one frame, and a well-formed message without Protobuf objects. The data of a part of a file is valid as
    /// long as the buffer.
    /// </summary>
    /// <inheritdoc cref="TryRead"/>
    public static bool TryReadIncoming(ref ReadOnlySequence<byte> buffer, out IncomingFrame frame)
    {
        frame = default;
        if (!TryFindBody(buffer, out var body))
        {
            return false;
        }

        frame =
            body.IsSingleSegment && MessageCodec.TryRead(body.FirstSpan) is { } message
                ? new(message)
                : new(FilePartCodec.TryRead(body) ?? Parse(body));
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
        {
            throw FrameException.TooLong(length);
        }

        BinaryPrimitives.WriteInt32BigEndian(writer.GetSpan(PrefixSize), length);
        writer.Advance(PrefixSize);
        frame.WriteTo(writer);
    }

    /// <inheritdoc cref="Write(IBufferWriter{byte}, Frame)"/>
    public static void Write(IBufferWriter<byte> writer, in OutgoingFrame frame)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (frame.Message is { } message)
        {
            MessageCodec.Write(writer, message, frame.Epoch, frame.Sequence);
        }
        else
        {
            Write(writer, frame.ToFrame());
        }
    }

    /// <returns>False if more bytes are needed.</returns>
    private static bool TryFindBody(in ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> body)
    {
        body = default;
        if (buffer.Length < PrefixSize)
        {
            return false;
        }

        // Checked before more is awaited, so that a peer that announces 4 GiB is cut off at once.
        var length = ReadLength(buffer);
        if (length is 0 or > MaxSize)
        {
            throw FrameException.TooLong(length);
        }

        if (buffer.Length < PrefixSize + length)
        {
            return false;
        }

        body = buffer.Slice(PrefixSize, length);
        return true;
    }

    private static Frame Parse(in ReadOnlySequence<byte> body) =>
        Protobuf.TryParse(Frame.Parser, Frame.Descriptor, body)
        ?? throw new FrameException("The body is not a Frame message.");

    private static uint ReadLength(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> prefix = stackalloc byte[PrefixSize];
        buffer.Slice(0, PrefixSize).CopyTo(prefix);
        return BinaryPrimitives.ReadUInt32BigEndian(prefix);
    }
}
