using System.Buffers.Binary;

namespace P2PChat.Discovery.Relay.Legs;

/// <summary>Tracks whether a server may send another WebSocket frame (RFC 6455, section 5.2).</summary>
internal sealed class FrameBoundary
{
    private const byte Close = 0x08;
    private const byte Opcode = 0x0f;
    private const byte LengthOf2Bytes = 126;
    private const byte LengthOf8Bytes = 127;

    // Two bytes, and a length of up to eight. A server's frames have no mask.
    private readonly byte[] _header = new byte[10];
    private int _headerSize;
    private ulong _left;

    /// <summary>Whether another frame may be sent: the last one is complete, and was not a close frame.</summary>
    public bool IsOpen => _headerSize == 0 && _left == 0 && !HasClosed;

    private bool HasClosed { get; set; }

    /// <summary>Reads bytes that are forwarded.</summary>
    public void Pass(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_left == 0)
            {
                _header[_headerSize++] = bytes[0];
                bytes = bytes[1..];
                EndHeader();
                continue;
            }

            var length = (int)Math.Min((ulong)bytes.Length, _left);
            _left -= (ulong)length;
            bytes = bytes[length..];
        }
    }

    private void EndHeader()
    {
        if (_headerSize < 2)
        {
            return;
        }

        var lengthSize = _header[1] switch
        {
            LengthOf2Bytes => sizeof(ushort),
            LengthOf8Bytes => sizeof(ulong),
            _ => 0,
        };
        if (_headerSize < 2 + lengthSize)
        {
            return;
        }

        _left = lengthSize switch
        {
            sizeof(ushort) => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
            sizeof(ulong) => BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(2)),
            _ => _header[1],
        };
        HasClosed |= (_header[0] & Opcode) == Close;
        _headerSize = 0;
    }
}
