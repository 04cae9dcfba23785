using System.Net;
using System.Net.Sockets;

namespace P2PChat.Node.Lan;

/// <summary>A network interface that can multicast, with its addresses.</summary>
/// <param name="Index">As the operating system numbers it.</param>
internal sealed record LanInterface(int Index, IReadOnlyList<IPNetwork> Networks, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>Whether a packet to the address stays on this link.</summary>
    public bool IsOnLink(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.IsIPv6LinkLocal || Networks.Any(network => network.Contains(plain));
    }

    public bool Equals(LanInterface? other) =>
        other is not null
        && Index == other.Index
        && Networks.SequenceEqual(other.Networks)
        && Addresses.SequenceEqual(other.Addresses);

    public override int GetHashCode() => Index;

    /// <summary>Whether the interface has an address of the family.</summary>
    public bool Has(AddressFamily family) => Addresses.Any(address => address.AddressFamily == family);
}
