using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

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

    public IReadOnlyList<IPAddress> Read() => [.. ReadAttachments().Select(attachment => attachment.Address)];

    public IReadOnlyList<Attachment> ReadAttachments() =>
        [
            .. NetworkInterfaces
                .Read()
                .OrderByDescending(network => network.Gateways.Count > 0)
                .SelectMany(AttachmentsOf),
        ];

    public void Dispose()
    {
        NetworkChange.NetworkAddressChanged -= OnChanged;
        NetworkChange.NetworkAvailabilityChanged -= OnChanged;
    }

    private static IEnumerable<Attachment> AttachmentsOf(UsableInterface network)
    {
        // Routers of IPv6 come and go, and its addresses differ between networks anyway.
        var gateway = network
            .Gateways.Where(address => address.AddressFamily == AddressFamily.InterNetwork)
            .MinBy(address => address.ToString(), StringComparer.Ordinal);
        return network.Unicast.Select(unicast => new Attachment(
            unicast.Address,
            network.Index,
            unicast.Address.AddressFamily == AddressFamily.InterNetwork ? gateway : null
        ));
    }

    private void OnChanged(object? sender, EventArgs e) => MayHaveChanged?.Invoke();
}
