using System.Net;
using System.Net.Sockets;
using P2PChat.Protocol.Limits;

namespace P2PChat.Discovery.Http;

/// <summary>The address that a call came from, and the client that a limit by address counts.</summary>
internal static class ClientAddress
{
    /// <summary>The IP address that a call came from, as peers may be told of it; null if it is not known.</summary>
    public static string? Observed(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } address)
        {
            return null;
        }

        // An IPv6 address without its zone, which only has a meaning on this machine.
        return address switch
        {
            { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
            { AddressFamily: AddressFamily.InterNetworkV6 } => new IPAddress(address.GetAddressBytes()).ToString(),
            _ => address.ToString(),
        };
    }

    public static string Of(HttpContext context) => Of(context.Connection.RemoteIpAddress);

    /// <returns>
    /// An IPv4 address, or an IPv6 network such as <c>2001:db8::/64</c>; "local" if there is no address.
    /// </returns>
    public static string Of(IPAddress? address)
    {
        if (address is null)
        {
            return "local";
        }

        var network = ClientNetwork.Of(address);
        return network.AddressFamily == AddressFamily.InterNetworkV6
            ? $"{network}/{ClientNetwork.PrefixLength}"
            : network.ToString();
    }
}
