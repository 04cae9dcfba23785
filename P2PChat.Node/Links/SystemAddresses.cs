using System.Net;
using System.Net.NetworkInformation;

namespace P2PChat.Node.Links;

/// <summary>The addresses of this machine's interfaces; on Linux its kernel announces changes by netlink.</summary>
internal sealed class SystemAddresses : ILocalAddresses, IDisposable
{
    private volatile IReadOnlyList<IPAddress> _last = [];

    public SystemAddresses()
    {
        NetworkChange.NetworkAddressChanged += OnChanged;
        // Plugging in a cable changes no address, only whether it is usable.
        NetworkChange.NetworkAvailabilityChanged += OnChanged;
    }

    public event Action? MayHaveChanged;

    public IReadOnlyList<IPAddress> Read()
    {
        try
        {
            return _last = [
                .. NetworkInterface
                    .GetAllNetworkInterfaces()
                    // Linux does not know whether a tunnel, such as a VPN, is up.
                    .Where(network =>
                        network.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown
                        && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
                    )
                    .Select(network => network.GetIPProperties())
                    .OrderByDescending(properties => properties.GatewayAddresses.Count > 0)
                    .SelectMany(properties => properties.UnicastAddresses)
                    .Select(unicast => unicast.Address)
                    .Where(address => !address.IsIPv6LinkLocal && !IPAddress.IsLoopback(address)),
            ];
        }
        catch (NetworkInformationException)
        {
            // An interface vanished while it was read. That change is announced too.
            return _last;
        }
    }

    public void Dispose()
    {
        NetworkChange.NetworkAddressChanged -= OnChanged;
        NetworkChange.NetworkAvailabilityChanged -= OnChanged;
    }

    private void OnChanged(object? sender, EventArgs e) => MayHaveChanged?.Invoke();
}
