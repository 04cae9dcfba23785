using System.Net;
using P2PChat.Node.Paths;

namespace P2PChat.Node.Invites;

/// <summary>Tells which addresses work on this peer's network only.</summary>
internal static class LocalNetwork
{
    private static readonly string[] LocalSuffixes = [".local", ".localhost", ".lan", ".internal", ".home.arpa"];

    /// <summary>
    /// Whether a host is loopback, private (RFC 1918, RFC 4193), shared (RFC 6598), link-local, or a name without a
    /// public suffix such as <c>localhost</c> or <c>laptop.local</c>.
    /// </summary>
    public static bool IsOnlyHost(Uri url)
    {
        if (IPAddress.TryParse(url.IdnHost, out var address))
        {
            return IsLocal(address);
        }

        var host = url.IdnHost.TrimEnd('.');
        return !host.Contains('.', StringComparison.Ordinal)
            || LocalSuffixes.Any(suffix => host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// Whether an address is loopback, private (RFC 1918, RFC 4193), shared (RFC 6598) or link-local.
    /// </summary>
    public static bool IsLocal(IPAddress address) =>
        AddressScopes.Of(address) is AddressScope.Loopback or AddressScope.LinkLocal or AddressScope.Private;
}
