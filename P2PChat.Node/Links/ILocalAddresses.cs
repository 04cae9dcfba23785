using System.Net;

namespace P2PChat.Node.Links;

/// <summary>The IP addresses of this machine.</summary>
internal interface ILocalAddresses
{
    /// <summary>Raised when the addresses may have changed. Best effort: other changes are found at the next renewal.</summary>
    event Action? MayHaveChanged;

    /// <summary>Reads the addresses under which others may reach this machine, best first: neither loopback nor link-local ones.</summary>
    IReadOnlyList<IPAddress> Read();
}
