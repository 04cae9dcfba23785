using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Links;

namespace P2PChat.Node.Paths;

/// <summary>From where an IP address can be reached.</summary>
internal enum AddressScope
{
    /// <summary>Multicast, broadcast, unspecified or reserved: never the address of one machine.</summary>
    Unusable,

    Loopback,

    LinkLocal,

    /// <summary>
    /// RFC 1918, unique local (RFC 4193), and 100.64.0.0/10, which carriers' NATs and overlay networks use (RFC 6598).
    /// </summary>
    Private,

    Public,
}

internal static class AddressScopes
{
    /// <summary>The address space of carriers' NATs (RFC 6598), which overlay networks also use.</summary>
    public static readonly IPNetwork Shared = IPNetwork.Parse("100.64.0.0/10");

    // The first match counts. IANA's registries of special-purpose addresses list the rest as reserved or public.
    private static readonly (IPNetwork Network, AddressScope Scope)[] _special =
    [
        .. From(
            AddressScope.Unusable,
            "0.0.0.0/8",
            "192.0.0.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/128",
            "2001::/32",
            "ff00::/8"
        ),
        .. From(AddressScope.Loopback, "127.0.0.0/8", "::1/128"),
        .. From(AddressScope.LinkLocal, "169.254.0.0/16", "fe80::/10"),
        .. From(AddressScope.Private, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
        (Shared, AddressScope.Private),
    ];

    // An IPv6 address in which a translator or tunnel finds an IPv4 address, with the position of that address.
    private static readonly (IPNetwork Network, int Offset)[] _embedding =
    [
        (IPNetwork.Parse("64:ff9b::/96"), 12),
        (IPNetwork.Parse("64:ff9b:1::/48"), 12),
        (IPNetwork.Parse("2002::/16"), 2),
        (IPNetwork.Parse("::/96"), 12),
    ];

    public static AddressScope Of(IPAddress address)
    {
        address = address.Unmap();
        foreach (var (network, scope) in _special)
        {
            if (network.Contains(address))
            {
                return scope;
            }
        }

        return address.AddressFamily == AddressFamily.InterNetworkV6 ? OfEmbedded(address) : AddressScope.Public;
    }

    // Nobody lists an address of this kind on purpose, so one that leads to a special IPv4 address is an attack.
    private static AddressScope OfEmbedded(IPAddress address)
    {
        foreach (var (network, offset) in _embedding)
        {
            if (network.Contains(address))
            {
                var embedded = new IPAddress(address.GetAddressBytes().AsSpan(offset, 4));
                return Of(embedded) == AddressScope.Public ? AddressScope.Public : AddressScope.Unusable;
            }
        }

        return AddressScope.Public;
    }

    private static IEnumerable<(IPNetwork Network, AddressScope Scope)> From(
        AddressScope scope,
        params string[] networks
    ) => networks.Select(network => (IPNetwork.Parse(network), scope));
}
