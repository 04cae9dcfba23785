using System.Net;
using P2PChat.Node.Model;

namespace P2PChat.Node.Paths.Stun;

/// <summary>Draws conclusions from the public addresses that servers have seen. Pure.</summary>
internal static class NatMappingRules
{
    /// <summary>Derives the mapping behaviour (RFC 4787, section 4.1).</summary>
    /// <param name="local">The address and port on this machine.</param>
    /// <param name="first">As seen at the server's first port; null if it did not answer.</param>
    /// <param name="second">As seen at its second port.</param>
    /// <param name="other">As seen at the first port of its other address.</param>
    public static NatMapping Derive(IPEndPoint? local, IPEndPoint? first, IPEndPoint? second, IPEndPoint? other)
    {
        var known = new[] { first, second, other }.OfType<IPEndPoint>().ToArray();
        return known switch
        {
            [] => NatMapping.Unreachable,
            _ when known.All(seen => seen.Equals(local)) => NatMapping.None,
            _ when first is null || second is null => NatMapping.Unknown,
            _ when !first.Equals(second) => NatMapping.AddressAndPortDependent,
            _ when other is null => NatMapping.PortIndependent,
            _ => first.Equals(other) ? NatMapping.EndpointIndependent : NatMapping.AddressDependent,
        };
    }

    /// <summary>
    /// Whether others can use the address that a server saw. A public server that sees a private address is behind a
    /// proxy, and has seen the proxy.
    /// </summary>
    public static bool IsUseful(IPAddress mapped, IPAddress server) =>
        AddressScopes.Of(mapped) == AddressScope.Public
        || (AddressScopes.Of(mapped) != AddressScope.Unusable && AddressScopes.Of(server) != AddressScope.Public);
}
