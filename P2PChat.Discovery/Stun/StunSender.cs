using System.Net;
using System.Net.Sockets;

namespace P2PChat.Discovery.Stun;

/// <summary>Reads the sender of a packet without allocations.</summary>
internal static class StunSender
{
    // The same on all platforms: family, port, and then the IPv4 address, or flow information and the IPv6 address.
    private const int PortOffset = 2;
    private const int Ipv4Offset = 4;
    private const int Ipv6Offset = 8;

    public static int PortOf(SocketAddress sender) =>
        (sender.Buffer.Span[PortOffset] << 8) | sender.Buffer.Span[PortOffset + 1];

    /// <returns>4 or 16 bytes; an IPv4-mapped IPv6 address as IPv4.</returns>
    public static ReadOnlySpan<byte> AddressOf(SocketAddress sender)
    {
        if (sender.Family == AddressFamily.InterNetwork)
        {
            return sender.Buffer.Span.Slice(Ipv4Offset, 4);
        }

        var address = sender.Buffer.Span.Slice(Ipv6Offset, 16);
        return address[..10].IndexOfAnyExcept((byte)0) < 0 && address[10] == 0xFF && address[11] == 0xFF
            ? address[12..]
            : address;
    }
}
