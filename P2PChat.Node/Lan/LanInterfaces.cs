using P2PChat.Node.Links;

namespace P2PChat.Node.Lan;

/// <summary>Reads the interfaces of this machine that can multicast.</summary>
internal static class LanInterfaces
{
    public static IReadOnlyList<LanInterface> Read() =>
        [
            .. NetworkInterfaces
                .Read()
                .Where(network => network.CanMulticast)
                .OrderBy(network => network.Index)
                .Select(network =>
                    (network.Index, Unicast: network.Unicast.OrderBy(one => one.Address.AddressFamily).ToList())
                )
                .Select(network => new LanInterface(
                    network.Index,
                    [.. network.Unicast.Select(one => one.Network)],
                    [.. network.Unicast.Select(one => one.Address)]
                )),
        ];
}
