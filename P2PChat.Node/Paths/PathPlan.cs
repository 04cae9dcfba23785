using System.Net;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.Paths;

/// <summary>The input of a <see cref="PathMachine"/> at its start.</summary>
internal sealed record PathPlan
{
    /// <summary>
    /// At the caller, the endpoints of the callee's record; at the callee, the candidates of the PathRequest.
    /// </summary>
    public required IReadOnlyList<Endpoint> Endpoints { get; init; }

    /// <summary>Addresses of the other peer that LAN discovery has found; for the caller only.</summary>
    public IReadOnlyList<IPEndPoint> LanAddresses { get; init; } = [];

    /// <summary>The facts about the two peers and their networks.</summary>
    public required CandidateContext Context { get; init; }

    /// <summary>Whether addresses may be dialled. False if this peer hides its address.</summary>
    public bool MayDial { get; init; } = true;

    /// <summary>Whether both sides may connect at once. False if this peer hides its address.</summary>
    public bool MayPunch { get; init; } = true;

    /// <summary>Whether a try may send one more SYN to an address. Counts it.</summary>
    public Func<IPAddress, bool> MaySend { get; init; } = _ => true;

    /// <summary>Whether to use the relay.</summary>
    public bool MayRelay { get; init; } = true;

    /// <summary>Whether a relayed path is open already, and only a better one is of interest.</summary>
    public bool IsUpgrade { get; init; }

    /// <summary>
    /// Whether the relay comes first, and addresses are tried only if it fails, because a path without the relay has
    /// lately stopped carrying (<see cref="PathUpgradePolicy.PrefersRelay"/>).
    /// </summary>
    public bool PrefersRelay { get; init; }

    /// <summary>
    /// Whether to try every candidate, even after one has authenticated. No path carries anything: authenticated
    /// attempts are cancelled. For the doctor.
    /// </summary>
    public bool IsTest { get; init; }
}
