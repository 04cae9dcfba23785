using System.Net;

namespace P2PChat.Node.Model;

/// <summary>
/// How the NAT in front of this machine treats outgoing traffic, seen from the directory's STUN server.
/// </summary>
/// <param name="Observations">One per transport and address family; empty unless the state is Done.</param>
public sealed record NatReport(NatProbeState State, IReadOnlyList<NatObservation> Observations)
{
    /// <summary>Creates a report of a probe that did not run.</summary>
    public static NatReport NotRun(NatProbeState state) => new(state, []);
}

/// <summary>Whether a NAT probe ran.</summary>
public enum NatProbeState
{
    /// <summary>It ran. Each observation may still be <see cref="NatMapping.Unreachable"/>.</summary>
    Done,

    /// <summary>The user hides this peer's address.</summary>
    Hidden,

    /// <summary>The option <see cref="PeerOptions.Stun"/> is off.</summary>
    Disabled,

    /// <summary>The directory has no STUN server, or is an older one.</summary>
    NotOffered,

    /// <summary>The directory does not answer, so its STUN server is not known.</summary>
    DirectoryUnreachable,

    /// <summary>The time was over before the end.</summary>
    NotFinished,
}

/// <summary>A transport that a NAT maps by rules of its own.</summary>
public enum NatTransport
{
    Udp,
    Tcp,
}

/// <summary>The result for one transport and address family.</summary>
/// <param name="Local">The address and port on this machine; null if there is none of this family.</param>
/// <param name="Public">The address and port that the STUN server saw; null if it did not answer.</param>
/// <param name="RoundTrip">Of the first binding request that was answered at once.</param>
public sealed record NatObservation(
    NatTransport Transport,
    bool IsIPv6,
    NatMapping Mapping,
    IPEndPoint? Local = null,
    IPEndPoint? Public = null,
    TimeSpan? RoundTrip = null
);

/// <summary>Mapping behaviour (RFC 4787, section 4.1).</summary>
public enum NatMapping
{
    /// <summary>No STUN port answered over this transport and family.</summary>
    Unreachable,

    /// <summary>Only one STUN port answered, so the public address is known and the behaviour is not.</summary>
    Unknown,

    /// <summary>There is no NAT: the public address and port are this machine's own.</summary>
    None,

    /// <summary>The same for all destinations.</summary>
    EndpointIndependent,

    /// <summary>The same for all ports of one address; other addresses were not tested.</summary>
    PortIndependent,

    /// <summary>Different for each destination address.</summary>
    AddressDependent,

    /// <summary>Different for each destination address and port ("symmetric").</summary>
    AddressAndPortDependent,
}
