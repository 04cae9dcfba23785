using System.ComponentModel;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using P2PChat.Protocol.Limits;

namespace P2PChat.Node.Links;

/// <summary>A network interface of this machine that is up, other than loopback.</summary>
/// <param name="Index">The operating system's index.</param>
/// <param name="Gateways">The routers of its default routes.</param>
/// <param name="Unicast">Its addresses, without link-local ones.</param>
internal sealed record UsableInterface(
    int Index,
    bool CanMulticast,
    IReadOnlyList<IPAddress> Gateways,
    IReadOnlyList<InterfaceAddress> Unicast
);

/// <summary>An address of an interface, and the network that is on-link there.</summary>
internal readonly record struct InterfaceAddress(IPAddress Address, IPNetwork Network);

/// <summary>
/// Reads the interfaces of this machine, for all code that needs addresses or networks. Thread-safe.
/// </summary>
internal static class NetworkInterfaces
{
    private static volatile IReadOnlyList<UsableInterface> _last = [];

    /// <summary>
    /// Returns the present interfaces. Does not throw: if they cannot be read, it returns the last result.
    /// </summary>
    public static IReadOnlyList<UsableInterface> Read() => Read(NetworkInterface.GetAllNetworkInterfaces);

    /// <inheritdoc cref="Read()"/>
    public static IReadOnlyList<UsableInterface> Read(Func<NetworkInterface[]> source)
    {
        try
        {
            return _last = [
                .. source()
                    // Linux reports tunnels, such as VPNs, as Unknown.
                    .Where(network =>
                        network.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown
                        && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
                    )
                    .Select(Describe)
                    .OfType<UsableInterface>(),
            ];
        }
        catch (Exception exception)
            when (exception
                    is NetworkInformationException
                        or IOException
                        or UnauthorizedAccessException
                        or Win32Exception
            )
        {
            // An interface has disappeared meanwhile, or no file descriptor is left. Another announcement follows.
            return _last;
        }
    }

    private static UsableInterface? Describe(NetworkInterface network)
    {
        var properties = network.GetIPProperties();
        List<InterfaceAddress> unicast =
        [
            .. properties
                .UnicastAddresses.Where(one => IsUsable(one.Address))
                .Select(one => new InterfaceAddress(one.Address, AddressPrefix.Of(one.Address, one.PrefixLength))),
        ];
        if (unicast.Count == 0)
        {
            return null;
        }

        return new UsableInterface(
            unicast.Exists(one => one.Address.AddressFamily == AddressFamily.InterNetwork)
                ? properties.GetIPv4Properties().Index
                : properties.GetIPv6Properties().Index,
            network.SupportsMulticast,
            [.. properties.GatewayAddresses.Select(gateway => gateway.Address)],
            unicast
        );
    }

    private static bool IsUsable(IPAddress address) =>
        address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
        && !address.IsIPv6LinkLocal
        && !IPAddress.IsLoopback(address);
}
