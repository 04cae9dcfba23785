using System.Net;
using System.Net.NetworkInformation;

namespace P2PChat.Node.Links;

/// <summary>The addresses of this machine's network interfaces. On Linux, changes are announced by netlink.</summary>
internal sealed class SystemAddresses : ILocalAddresses, IDisposable
{
    private volatile IReadOnlyList<IPAddress> _last = [];

    public SystemAddresses()
    {
        NetworkChange.NetworkAddressChanged += OnChanged;
        // Plugging in a cable does not change an address, only whether it is usable.
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
                    // Linux reports tunnels, such as VPNs, as Unknown.
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
            // An interface disappeared while it was read. Another announcement follows.
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
