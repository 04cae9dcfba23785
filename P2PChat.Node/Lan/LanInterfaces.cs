using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace P2PChat.Node.Lan;

/// <summary>Reads the interfaces of this machine that can multicast.</summary>
internal static class LanInterfaces
{
    public static IReadOnlyList<LanInterface> Read()
    {
        try
        {
            return
            [
                .. NetworkInterface
                    .GetAllNetworkInterfaces()
                    .Where(network =>
                        network.SupportsMulticast
                        && network.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown
                        && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
                    )
                    .Select(Describe)
                    .OfType<LanInterface>()
                    .OrderBy(one => one.Index),
            ];
        }
        catch (NetworkInformationException)
        {
            // An interface disappeared while it was read. Another announcement follows.
            return [];
        }
    }

    private static LanInterface? Describe(NetworkInterface network)
    {
        var properties = network.GetIPProperties();
        var unicast = properties
            .UnicastAddresses.Where(one => !one.Address.IsIPv6LinkLocal && !IPAddress.IsLoopback(one.Address))
            .OrderBy(one => one.Address.AddressFamily)
            .ToList();
        if (unicast.Count == 0)
        {
            return null;
        }

        return new LanInterface(
            unicast[0].Address.AddressFamily == AddressFamily.InterNetwork
                ? properties.GetIPv4Properties().Index
                : properties.GetIPv6Properties().Index,
            [.. unicast.Select(one => NetworkOf(one.Address, one.PrefixLength))],
            [.. unicast.Select(one => one.Address)]
        );
    }

    private static IPNetwork NetworkOf(IPAddress address, int prefixLength)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = prefixLength; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), prefixLength);
    }
}
