using System.Buffers.Binary;

namespace P2PChat.Protocol.Stun;

/// <summary>Constants and arithmetic of the STUN message format (RFC 8489, sections 5 and 14).</summary>
public static class StunFormat
{
    /// <summary>Length of a message's header, in bytes.</summary>
    public const int HeaderLength = 20;

    /// <summary>Length of an attribute's type and length, in bytes.</summary>
    public const int AttributeHeaderLength = 4;

    /// <summary>Length of a transaction id, in bytes.</summary>
    public const int TransactionIdLength = 12;

    /// <summary>Length of the FINGERPRINT attribute with its header, in bytes.</summary>
    public const int FingerprintLength = AttributeHeaderLength + 4;

    /// <summary>Bytes 4 to 7 of every message.</summary>
    public const uint MagicCookie = 0x2112A442;

    internal const int CookieOffset = 4;
    internal const int TransactionIdOffset = 8;
    private const uint FingerprintMask = 0x5354554E;

    private static readonly uint[] Crc32Table = CreateCrc32Table();

    /// <summary>Reads from a header how long the whole message is, to frame messages on TCP.</summary>
    /// <param name="header">At least <see cref="HeaderLength"/> bytes.</param>
    /// <param name="length">The message's length with its header, in bytes: 20 to 65,552.</param>
    /// <returns>False if the bytes are not the beginning of a STUN message.</returns>
    public static bool TryReadLength(ReadOnlySpan<byte> header, out int length)
    {
        length = 0;
        if (
            header.Length < HeaderLength
            || (header[0] & 0xC0) != 0
            || BinaryPrimitives.ReadUInt32BigEndian(header[CookieOffset..]) != MagicCookie
        )
        {
            return false;
        }

        var body = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        length = HeaderLength + body;
        return body % 4 == 0;
    }

    /// <summary>Rounds the length of an attribute's value up to a multiple of 4.</summary>
    internal static int Padded(int length) => (length + 3) & ~3;

    /// <summary>Value of FINGERPRINT: the CRC-32 (ITU V.42) of the message before it, XORed with "STUN".</summary>
    internal static uint Fingerprint(ReadOnlySpan<byte> message)
    {
        var crc = uint.MaxValue;
        foreach (var value in message)
        {
            crc = Crc32Table[(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return ~crc ^ FingerprintMask;
    }

    private static uint[] CreateCrc32Table()
    {
        var table = new uint[256];
        for (var index = 0u; index < table.Length; index++)
        {
            var value = index;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ 0xEDB88320;
            }

            table[index] = value;
        }

        return table;
    }
}
