using System.Net;
using System.Net.Sockets;
using P2PChat.Discovery.Configuration;

namespace P2PChat.Discovery.Stun;

/// <summary>Decides where the STUN server listens.</summary>
internal static class StunAddresses
{
    /// <param name="urls">The addresses of the HTTP server.</param>
    /// <returns>Addresses to bind, without those that a wildcard includes; empty if the server is off.</returns>
    public static IReadOnlyList<IPAddress> Choose(StunOptions options, IEnumerable<string> urls)
    {
        if (options.Enabled == false)
        {
            return [];
        }

        var addresses =
            options.Addresses.Length > 0 ? options.Addresses.Select(IPAddress.Parse) : urls.SelectMany(AddressesOf);
        List<IPAddress> distinct = [.. addresses.Distinct()];
        // Peers on other machines cannot reach such a directory, so none needs a public address.
        if (options.Enabled is null && options.Addresses.Length == 0 && distinct.TrueForAll(IPAddress.IsLoopback))
        {
            return [];
        }

        if (distinct.Contains(IPAddress.IPv6Any) && !Socket.OSSupportsIPv6)
        {
            return [IPAddress.Any];
        }

        return distinct.Contains(IPAddress.IPv6Any) ? [IPAddress.IPv6Any]
            : distinct.Contains(IPAddress.Any)
                ? [IPAddress.Any, .. distinct.Where(address => address.AddressFamily == AddressFamily.InterNetworkV6)]
            : distinct;
    }

    // As Kestrel does: a host that is neither an address nor "localhost" means all addresses.
    private static IPAddress[] AddressesOf(string url)
    {
        var host = BindingAddress.Parse(url) is { IsUnixPipe: false, IsNamedPipe: false } parsed ? parsed.Host : null;
        return host is null ? []
            : host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
                ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
            : IPAddress.TryParse(host, out var address) ? [address]
            : [IPAddress.IPv6Any];
    }
}
