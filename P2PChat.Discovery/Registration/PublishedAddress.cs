using System.Net;
using P2PChat.Protocol.Limits;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Discovery.Registration;

/// <summary>Decides whether other peers may learn the address from which a registration came.</summary>
internal static class PublishedAddress
{
    /// <summary>
    /// Returns the address if the record itself publishes it: by an endpoint that a STUN server saw, or by one with
    /// this address, or an address of the same IPv6 network. A peer behind a proxy, or one that hides its address,
    /// publishes neither.
    /// </summary>
    public static string? Of(string? observed, IEnumerable<Endpoint> endpoints) =>
        IPAddress.TryParse(observed, out var address)
        && endpoints.Any(endpoint =>
            endpoint.Kind == CandidateKind.Reflexive
            || (
                IPAddress.TryParse(endpoint.Host, out var host)
                && ClientNetwork.Of(host).Equals(ClientNetwork.Of(address))
            )
        )
            ? observed
            : null;
}
