using System.Net;
using System.Net.Sockets;

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
            return IsLocal(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
        }

        var host = url.IdnHost.TrimEnd('.');
        return !host.Contains('.', StringComparison.Ordinal)
            || LocalSuffixes.Any(suffix => host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// Whether an address is loopback, private (RFC 1918, RFC 4193), shared (RFC 6598) or link-local.
    /// </summary>
    public static bool IsLocal(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            return true;
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal || address.IsIPv6SiteLocal;
        }

        return address.GetAddressBytes() switch
        {
            [10, ..] or [192, 168, ..] or [169, 254, ..] => true,
            [172, var second, ..] => second is >= 16 and <= 31,
            [100, var second, ..] => second is >= 64 and <= 127,
            _ => false,
        };
    }
}
