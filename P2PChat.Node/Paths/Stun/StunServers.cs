using System.Net;
using System.Net.Sockets;

namespace P2PChat.Node.Paths.Stun;

/// <summary>The directory's STUN server.</summary>
/// <param name="Ports">1 to 4 ports, each for UDP and TCP.</param>
/// <param name="HasAlternate">Whether it has a second address (RFC 5780).</param>
/// <param name="Addresses">At most one per family.</param>
internal sealed record StunServers(IReadOnlyList<int> Ports, bool HasAlternate, IReadOnlyList<IPAddress> Addresses)
{
    /// <returns>Null without an address of the family, or without that many ports.</returns>
    public IPEndPoint? At(AddressFamily family, int portIndex) =>
        portIndex < Ports.Count && Addresses.FirstOrDefault(address => address.AddressFamily == family) is { } found
            ? new IPEndPoint(found, Ports[portIndex])
            : null;
}
