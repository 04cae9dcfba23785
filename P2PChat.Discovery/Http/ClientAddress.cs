using System.Net;
using System.Net.Sockets;
using P2PChat.Protocol.Limits;

namespace P2PChat.Discovery.Http;

/// <summary>Identifies the client that a limit by address counts.</summary>
internal static class ClientAddress
{
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
