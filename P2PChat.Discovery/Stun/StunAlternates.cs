using System.Net;

namespace P2PChat.Discovery.Stun;

/// <summary>The four endpoints of a server with two addresses and two ports (RFC 5780, section 2).</summary>
/// <param name="ports">The two ports.</param>
internal sealed class StunAlternates(IPAddress primary, IPAddress alternate, IReadOnlyList<int> ports)
{
    public IPEndPoint At(bool alternateAddress, bool alternatePort) =>
        new(alternateAddress ? alternate : primary, ports[alternatePort ? 1 : 0]);
}
