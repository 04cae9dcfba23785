using System.Globalization;
using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.Links;

/// <summary>The endpoints at which a peer asks others to reach it.</summary>
internal static class AdvertisedEndpoints
{
    /// <summary>
    /// Parses <paramref name="advertise"/> (<c>host:port</c>, IPv6 in brackets). If it is null, uses this machine's
    /// addresses, or loopback if there are none.
    /// </summary>
    /// <param name="machineAddresses">The result of <see cref="ILocalAddresses.Read"/>.</param>
    /// <exception cref="PeerStartException"><paramref name="advertise"/> is not a valid host and port.</exception>
    public static IReadOnlyList<Endpoint> For(string? advertise, int port, IReadOnlyList<IPAddress> machineAddresses)
    {
        if (advertise is not null)
        {
            return [Parse(advertise)];
        }

        return
        [
            .. machineAddresses
                .DefaultIfEmpty(IPAddress.Loopback)
                .Take(SignedRecord.MaxEndpoints)
                .Select(address => Of(address.ToString(), port)),
        ];
    }

    /// <summary>Formats an endpoint as <c>host:port</c>, with an IPv6 address in brackets.</summary>
    public static string Text(Endpoint endpoint) =>
        endpoint.Host.Contains(':', StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"[{endpoint.Host}]:{endpoint.Port}")
            : string.Create(CultureInfo.InvariantCulture, $"{endpoint.Host}:{endpoint.Port}");

    private static Endpoint Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (
            colon > 0
            && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port > 0
        )
        {
            var host = text[..colon];
            if (
                host.StartsWith('[')
                && host.EndsWith(']')
                && IPAddress.TryParse(host[1..^1], out var v6)
                && v6.AddressFamily == AddressFamily.InterNetworkV6
            )
            {
                return Of(v6.ToString(), port);
            }

            if (Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4)
            {
                return Of(host, port);
            }
        }

        throw new PeerStartException(
            $"'{text}' is not a valid address to advertise (--advertise). Use host:port, such as chat.example.org:8001."
        );
    }

    private static Endpoint Of(string host, int port) =>
        new()
        {
            Transport = Transport.Tcp,
            Host = host,
            Port = (uint)port,
        };
}
