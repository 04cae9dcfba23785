using System.Net;
using System.Net.NetworkInformation;

namespace P2PChat.Node.Links;

/// <summary>The addresses of this machine's network interfaces. On Linux, changes are announced by netlink.</summary>
internal sealed class SystemAddresses : ILocalAddresses, IDisposable
{
    public SystemAddresses()
    {
        NetworkChange.NetworkAddressChanged += OnChanged;
        // Plugging in a cable does not change an address, only whether it is usable.
        NetworkChange.NetworkAvailabilityChanged += OnChanged;
    }

    public event Action? MayHaveChanged;

    public IReadOnlyList<IPAddress> Read() =>
        [
            .. NetworkInterfaces
                .Read()
                .OrderByDescending(network => network.HasGateway)
                .SelectMany(network => network.Unicast)
                .Select(unicast => unicast.Address),
        ];

    public void Dispose()
    {
        NetworkChange.NetworkAddressChanged -= OnChanged;
        NetworkChange.NetworkAvailabilityChanged -= OnChanged;
    }

    private void OnChanged(object? sender, EventArgs e) => MayHaveChanged?.Invoke();
}
