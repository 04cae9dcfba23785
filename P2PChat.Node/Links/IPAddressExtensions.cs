using System.Net;

namespace P2PChat.Node.Links;

internal static class IPAddressExtensions
{
    /// <summary>
    /// Returns the IPv4 address in an IPv4-mapped IPv6 address, and any other address as it is.
    /// </summary>
    public static IPAddress Unmap(this IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
