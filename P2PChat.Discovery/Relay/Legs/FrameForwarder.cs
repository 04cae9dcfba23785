using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace P2PChat.Discovery.Relay.Legs;

/// <summary>
/// Forwards a client's WebSocket frames to another client (RFC 6455, section 5.2). Only the mask changes: a server
/// removes it. Frames pass as they arrive, in pieces, so a frame of any size needs no buffer.
/// </summary>
internal sealed class FrameForwarder
{
    /// <summary>Size of the longest header: two bytes, a length of eight, and the mask.</summary>
    private const int MaxHeaderSize = 14;
    private const int MaskSize = sizeof(uint);

    private const byte FinalOrOpcode = 0x8f;
    private const byte Control = 0x08;
    private const byte Close = 0x08;
    private const byte Opcode = 0x0f;
    private const byte Masked = 0x80;
    private const byte LengthOf2Bytes = 126;
    private const byte LengthOf8Bytes = 127;

    private ulong _left;

    // In the order of the bytes on the wire; the first byte is for the next byte of the payload.
    private uint _mask;

    /// <summary>Whether the last frame is complete, so that another sender's frame may follow.</summary>
    public bool IsBetweenFrames => _left == 0;

    /// <summary>Whether a close frame has been forwarded, after which nothing may follow.</summary>
    public bool HasClosed { get; private set; }

    /// <summary>Forwards everything that is complete. Only an incomplete header stays in the source.</summary>
    /// <returns>How much of the source was forwarded.</returns>
    /// <exception cref="InvalidDataException">The source does not continue with a valid frame.</exception>
    public SequencePosition Forward(in ReadOnlySequence<byte> source, IBufferWriter<byte> target)
    {
        var reader = new SequenceReader<byte>(source);
        while (_left > 0 || TryForwardHeader(ref reader, target))
        {
            if (_left > 0 && !TryForwardPayload(ref reader, target))
            {
                break;
            }
        }

        return reader.Position;
    }

    private bool TryForwardHeader(ref SequenceReader<byte> reader, IBufferWriter<byte> target)
    {
        if (HasClosed)
        {
            // Ignored (section 5.5.1).
            reader.AdvanceToEnd();
            return false;
        }

        Span<byte> header = stackalloc byte[MaxHeaderSize];
        if (!reader.TryCopyTo(header[..2]))
        {
            return false;
        }

        Check(header[0], header[1]);
        var lengthSize = (header[1] & ~Masked) switch
        {
            LengthOf2Bytes => sizeof(ushort),
            LengthOf8Bytes => sizeof(ulong),
            _ => 0,
        };
        var size = 2 + lengthSize + MaskSize;
        if (!reader.TryCopyTo(header[..size]))
        {
            return false;
        }

        reader.Advance(size);
        header[1] &= unchecked((byte)~Masked);
        _left = lengthSize switch
        {
            sizeof(ushort) => BinaryPrimitives.ReadUInt16BigEndian(header[2..]),
            sizeof(ulong) => BinaryPrimitives.ReadUInt64BigEndian(header[2..]),
            _ => header[1],
        };
        _mask = MemoryMarshal.Read<uint>(header[(size - MaskSize)..]);
        HasClosed = (header[0] & Opcode) == Close;
        target.Write(header[..(size - MaskSize)]);
        return true;
    }

    private static void Check(byte first, byte second)
    {
        if ((first & ~FinalOrOpcode) != 0 || (second & Masked) == 0 || (first & Opcode) is > 2 and < 8 or > 10)
        {
            throw new InvalidDataException("The frame has an unknown opcode, a reserved bit, or no mask.");
        }

        if ((first & Control) != 0 && (second & ~Masked) >= LengthOf2Bytes)
        {
            throw new InvalidDataException("A control frame must not have more than 125 bytes.");
        }
    }

    private bool TryForwardPayload(ref SequenceReader<byte> reader, IBufferWriter<byte> target)
    {
        var from = reader.UnreadSpan;
        if (from.IsEmpty)
        {
            return false;
        }

        var to = target.GetSpan();
        var length = (int)Math.Min((ulong)Math.Min(from.Length, to.Length), _left);
        Unmask(from[..length], to, _mask);
        target.Advance(length);
        reader.Advance(length);
        _left -= (ulong)length;
        var bits = 8 * (length % MaskSize);
        _mask = BitConverter.IsLittleEndian
            ? BitOperations.RotateRight(_mask, bits)
            : BitOperations.RotateLeft(_mask, bits);
        return true;
    }

    private static void Unmask(ReadOnlySpan<byte> from, Span<byte> to, uint mask)
    {
        var masks = Vector.AsVectorByte(new Vector<uint>(mask));
        var i = 0;
        for (; i <= from.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            (new Vector<byte>(from[i..]) ^ masks).CopyTo(to[i..]);
        }

        // The vectors' size is a multiple of the mask's.
        var key = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in mask));
        for (; i < from.Length; i++)
        {
            to[i] = (byte)(from[i] ^ key[i % MaskSize]);
        }
    }
}
