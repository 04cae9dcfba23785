using System.Net;

namespace P2PChat.Node.Paths;

/// <summary>The facts about the two peers and their networks that <see cref="CandidateRules"/> needs.</summary>
internal sealed record CandidateContext
{
    /// <summary>The networks of this machine's interfaces, such as 192.168.1.0/24.</summary>
    public IReadOnlyList<IPNetwork> LocalNetworks { get; init; } = [];

    /// <summary>Where this peer itself listens: its addresses with the listener's port.</summary>
    public IReadOnlyList<IPEndPoint> OwnEndPoints { get; init; } = [];

    /// <summary>
    /// This peer's public addresses: as the directory saw its registration, and as STUN servers see it.
    /// </summary>
    public IReadOnlyList<IPAddress> OwnPublicAddresses { get; init; } = [];

    /// <summary>The directory's address that this peer uses; null if it is not known.</summary>
    public IPAddress? Directory { get; init; }

    /// <summary>The address from which the directory saw the other peer's registration; null if not known.</summary>
    public IPAddress? Observed { get; init; }

    /// <summary>Whether the other peer is a contact, or the inviter of a link that is being used.</summary>
    public bool IsContact { get; init; }

    /// <summary>
    /// Whether this peer's user or its reconnector asked for the run. False at the callee, where the other peer chose
    /// the moment.
    /// </summary>
    public bool IsOwnInitiative { get; init; } = true;
}
