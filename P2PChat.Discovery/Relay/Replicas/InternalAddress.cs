using System.Net;
using System.Net.Sockets;

namespace P2PChat.Discovery.Relay.Replicas;

/// <summary>Finds the address at which the other replicas reach this one.</summary>
internal static class InternalAddress
{
    /// <param name="bound">The address that the server listens on, such as <c>http://[::]:8080</c>.</param>
    /// <param name="local">This machine's address on the replicas' network; null if it is unknown.</param>
    /// <returns>Null if there is none without TLS, because the server's certificate is for another name.</returns>
    public static Uri? Of(IEnumerable<string> bound, IPAddress? local)
    {
        foreach (var address in bound.Select(BindingAddress.Parse).Where(address => address is { Scheme: "http" }))
        {
            if (!IsAny(address.Host))
            {
                return Build(address.Host, address.Port);
            }

            if (local is not null)
            {
                return Build(local.ToString(), address.Port);
            }
        }

        return null;
    }

    private static Uri Build(string host, int port) => new UriBuilder(Uri.UriSchemeHttp, Bracketed(host), port).Uri;

    private static string Bracketed(string host) =>
        IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
            ? $"[{address}]"
            : host;

    // Kestrel treats every name but localhost as all addresses.
    private static bool IsAny(string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var address)
            ? address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)
            : !host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
}
