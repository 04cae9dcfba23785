using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace P2PChat.Protocol.Stun;

/// <summary>
/// The format of MAPPED-ADDRESS and, XORed with the cookie and the transaction id, of XOR-MAPPED-ADDRESS (RFC 8489,
/// sections 14.1 and 14.2).
/// </summary>
internal static class StunAddress
{
    public const int Ipv4Length = 8;
    public const int Ipv6Length = 20;
    private const byte Ipv4Family = 1;
    private const byte Ipv6Family = 2;
    private const int AddressOffset = 4;

    /// <param name="header">The message's header if the value is XORed; otherwise empty.</param>
    /// <returns>Null if the value is malformed.</returns>
    public static IPEndPoint? Read(ReadOnlySpan<byte> value, ReadOnlySpan<byte> header)
    {
        var expected =
            value.Length < 2 ? 0
            : value[1] == Ipv4Family ? Ipv4Length
            : value[1] == Ipv6Family ? Ipv6Length
            : 0;
        if (value.Length != expected || expected == 0)
        {
            return null;
        }

        Span<byte> copy = stackalloc byte[Ipv6Length];
        copy = copy[..value.Length];
        value.CopyTo(copy);
        Xor(copy, header);
        return new IPEndPoint(new IPAddress(copy[AddressOffset..]), BinaryPrimitives.ReadUInt16BigEndian(copy[2..]));
    }

    /// <param name="value">Receives the value.</param>
    /// <param name="address">4 or 16 bytes.</param>
    /// <param name="header">The message's header to XOR the value with it; otherwise empty.</param>
    public static void Write(Span<byte> value, ReadOnlySpan<byte> address, int port, ReadOnlySpan<byte> header)
    {
        value[0] = 0;
        value[1] = address.Length == 4 ? Ipv4Family : Ipv6Family;
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], (ushort)port);
        address.CopyTo(value[AddressOffset..]);
        Xor(value, header);
    }

    /// <summary>Length of the value for an address of 4 or 16 bytes.</summary>
    public static int LengthOf(int addressLength) => AddressOffset + addressLength;

    /// <summary>Bytes of an address, with an IPv4-mapped IPv6 address as IPv4.</summary>
    /// <param name="buffer">16 bytes.</param>
    public static ReadOnlySpan<byte> BytesOf(IPAddress address, Span<byte> buffer)
    {
        _ = address.TryWriteBytes(buffer, out var length);
        return address.IsIPv4MappedToIPv6 && address.AddressFamily == AddressFamily.InterNetworkV6
            ? buffer[12..16]
            : buffer[..length];
    }

    // The port is XORed with the cookie's first half, the address with cookie and transaction id.
    private static void Xor(Span<byte> value, ReadOnlySpan<byte> header)
    {
        if (header.IsEmpty)
        {
            return;
        }

        var key = header[StunFormat.CookieOffset..];
        value[2] ^= key[0];
        value[3] ^= key[1];
        for (var index = AddressOffset; index < value.Length; index++)
        {
            value[index] ^= key[index - AddressOffset];
        }
    }
}
