using System.Net;

namespace P2PChat.Node.Links;

/// <summary>The networks of this machine's interfaces.</summary>
internal static class LocalNetworks
{
    /// <summary>
    /// Reads the networks whose addresses are on-link, such as 192.168.1.0/24, without loopback and link-local ones.
    /// </summary>
    public static IReadOnlyList<IPNetwork> Read() =>
        [
            .. NetworkInterfaces
                .Read()
                .SelectMany(network => network.Unicast)
                .Select(unicast => unicast.Network)
                .Where(network => network.PrefixLength > 0)
                .Distinct(),
        ];
}
