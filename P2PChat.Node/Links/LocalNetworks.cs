using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace P2PChat.Node.Links;

/// <summary>The networks of this machine's interfaces.</summary>
internal static class LocalNetworks
{
    /// <summary>
    /// Reads the networks whose addresses are on-link, such as 192.168.1.0/24, without loopback and link-local ones.
    /// Empty if they cannot be read.
    /// </summary>
    public static IReadOnlyList<IPNetwork> Read()
    {
        try
        {
            return
            [
                .. NetworkInterface
                    .GetAllNetworkInterfaces()
                    .Where(network =>
                        network.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown
                        && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
                    )
                    .SelectMany(network => network.GetIPProperties().UnicastAddresses)
                    .Where(unicast => IsUsable(unicast.Address) && unicast.PrefixLength > 0)
                    .Select(Of)
                    .Distinct(),
            ];
        }
        catch (Exception exception) when (exception is NetworkInformationException or IOException)
        {
            // An interface disappeared while it was read.
            return [];
        }
    }

    private static bool IsUsable(IPAddress address) =>
        address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
        && !address.IsIPv6LinkLocal
        && !IPAddress.IsLoopback(address);

    // IPNetwork refuses an address with bits outside of the prefix.
    private static IPNetwork Of(UnicastIPAddressInformation unicast)
    {
        var bytes = unicast.Address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(unicast.PrefixLength - 8 * i, 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - kept));
        }

        return new IPNetwork(new IPAddress(bytes), unicast.PrefixLength);
    }
}
