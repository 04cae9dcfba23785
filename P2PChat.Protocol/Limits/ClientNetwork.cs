using System.Net;
using System.Net.Sockets;

namespace P2PChat.Protocol.Limits;

/// <summary>Maps an address to the network that counts as one client in limits by address.</summary>
public static class ClientNetwork
{
    /// <summary>Prefix length of an IPv6 client, in bits: a household usually has a whole /64.</summary>
    public const int PrefixLength = 64;

    /// <summary>Returns an IPv4 address as it is, and an IPv6 address with all bits after the prefix cleared.</summary>
    /// <param name="address">The address. An IPv4-mapped IPv6 address counts as IPv4.</param>
    /// <param name="prefixLength">Length of the IPv6 prefix in bits.</param>
    public static IPAddress Of(IPAddress address, int prefixLength = PrefixLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? AddressPrefix.Of(address, prefixLength).BaseAddress
            : address;
    }
}
