using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services.Doctor;

/// <summary>Everything that a check has measured. The findings follow from it alone.</summary>
internal sealed record DoctorFacts
{
    public required LocalFacts Local { get; init; }

    public required DirectoryFacts Directory { get; init; }

    public required DoctorRelay Relay { get; init; }

    public required NatReport Nat { get; init; }

    /// <summary>Null if only this machine was checked.</summary>
    public PairFacts? Pair { get; init; }

    /// <summary>Whether the time was over before everything had been measured.</summary>
    public bool IsStopped { get; init; }

    public bool IsDirectoryReached => Directory.State == DirectoryReachState.Reached;

    /// <summary>
    /// The NAT's behaviour with TCP, which links use: the IPv4 result if there is one. Null if it is not known.
    /// </summary>
    public NatObservation? Tcp =>
        Nat
            .Observations.Where(one => one is { Transport: NatTransport.Tcp, Public: not null })
            .MinBy(one => one.IsIPv6);

    /// <summary>Whether the address that the directory sees is a public one.</summary>
    public bool IsPublicKnown => Tcp?.Public is { } address && !LocalNetwork.IsLocal(address.Address);

    /// <summary>
    /// Whether no STUN port answered over TCP, although the directory has some. A peer that listens on loopback only
    /// cannot ask over TCP, because it asks from its listener's address.
    /// </summary>
    public bool IsStunSilent =>
        !Local.LocalOnly
        && Nat is { State: NatProbeState.Done, Observations: var all }
        && all.Any(one => one.Transport == NatTransport.Tcp)
        && all.Where(one => one.Transport == NatTransport.Tcp).All(one => one.Mapping == NatMapping.Unreachable);
}

/// <summary>The facts that this peer knows about itself.</summary>
/// <param name="Port">The TCP port of the listener.</param>
/// <param name="HasFixedPort">Whether the port is the same after a restart.</param>
/// <param name="Punch">The option <see cref="PeerOptions.Punch"/>.</param>
/// <param name="LanContacts">The contacts that announce themselves on the local network.</param>
/// <param name="IsDirectoryHere">Whether the directory's address is a loopback address.</param>
internal sealed record LocalFacts(
    IReadOnlyList<string> Endpoints,
    int Port,
    bool HasFixedPort,
    bool HidesAddress,
    bool LocalOnly,
    bool Punch,
    bool Lan,
    IReadOnlyList<Username> LanContacts,
    bool IsDirectoryHere
);

/// <summary>The measurements of the directory.</summary>
/// <param name="Detail">Why it cannot be used; null if it can.</param>
/// <param name="IsOlder">Whether it answered, and does not know what this version needs for finding paths.</param>
/// <param name="HasRelay">Null if it did not answer.</param>
internal sealed record DirectoryFacts(
    DirectoryReachState State,
    TimeSpan? RoundTrip = null,
    TimeSpan? ClockError = null,
    string? Detail = null,
    bool IsOlder = false,
    bool? HasRelay = null
);

/// <summary>The measurements of the paths to another peer.</summary>
/// <param name="Path">The conversation's path at the end of the check; null if there is none.</param>
/// <param name="PathBefore">The conversation's path before the test.</param>
/// <param name="Problem">The sentence of the lookup's failure; null if it succeeded.</param>
/// <param name="HidesAddress">Whether its record has no endpoint although it is online.</param>
/// <param name="Test">Null if nothing was tried, or the time was over.</param>
internal sealed record PairFacts(
    Username Name,
    DoctorPeerState State,
    PathKind? Path = null,
    string? Problem = null,
    bool HidesAddress = false,
    PathTest? Test = null,
    PathKind? PathBefore = null
);
