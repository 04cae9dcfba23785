using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>Answer to <c>GET /api/doctor</c>: why a peer can or cannot be reached.</summary>
/// <param name="StartedAt">By the peer's clock.</param>
/// <param name="TookMs">The duration of the check, in milliseconds.</param>
/// <param name="Summary">The answer, in one or two sentences.</param>
/// <param name="Findings">The reasons and what to do, most important first.</param>
/// <param name="Peer">Null if only the peer's own network was checked.</param>
public sealed record DoctorResponse(
    DateTimeOffset StartedAt,
    double TookMs,
    DoctorVerdict Verdict,
    string Summary,
    IReadOnlyList<DoctorFindingItem> Findings,
    DoctorMachineItem Machine,
    DoctorDirectoryItem Directory,
    DoctorRelayItem Relay,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DoctorPeerItem? Peer = null
);

/// <summary>The answer in one word.</summary>
[JsonConverter(typeof(KebabCase<DoctorVerdict>))]
public enum DoctorVerdict
{
    /// <summary>A path without the relay works, or nothing is wrong with the peer's network.</summary>
    Good,

    /// <summary>Only the relay works, or something limits the peer's connections.</summary>
    Limited,

    /// <summary>Nothing works.</summary>
    Failed,

    /// <summary>It could not be found out.</summary>
    Unknown,
}

/// <summary>One reason, or one thing to do.</summary>
/// <param name="Code">For programs, such as <c>port-silent</c>. More may come in later versions.</param>
/// <param name="Text">The finding, in one or two sentences.</param>
/// <param name="Advice">The remedy; null if nothing would help.</param>
public sealed record DoctorFindingItem(
    string Code,
    FindingLevel Level,
    string Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Advice = null
);

/// <summary>How much a finding matters.</summary>
[JsonConverter(typeof(KebabCase<FindingLevel>))]
public enum FindingLevel
{
    /// <summary>It prevents connections.</summary>
    Problem,

    /// <summary>It explains something, or limits connections.</summary>
    Note,

    /// <summary>A change that would help.</summary>
    Advice,
}

/// <summary>The machine of the peer that checked.</summary>
/// <param name="Endpoints">The advertised <c>host:port</c>s; empty if the address is hidden.</param>
/// <param name="HidesAddress">Whether the setting <c>hide-address</c> is on.</param>
/// <param name="Lan">Whether contacts are looked for on the local network.</param>
/// <param name="LanContacts">The contacts that were found there.</param>
/// <param name="NatProbe">Whether the NAT was examined.</param>
/// <param name="Nat">One result per transport and address family.</param>
/// <param name="ClockErrorMs">
/// The machine's clock minus the directory's in milliseconds, accurate to a second; null if it is not known.
/// </param>
public sealed record DoctorMachineItem(
    IReadOnlyList<string> Endpoints,
    bool HidesAddress,
    bool Lan,
    IReadOnlyList<string> LanContacts,
    NatProbeState NatProbe,
    IReadOnlyList<NatItem> Nat,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? ClockErrorMs = null
);

/// <summary>Whether the NAT in front of a peer was examined.</summary>
[JsonConverter(typeof(KebabCase<NatProbeState>))]
public enum NatProbeState
{
    /// <summary>It was.</summary>
    Done,

    /// <summary>The peer's address is hidden.</summary>
    Hidden,

    /// <summary>The option <c>Peer:Stun</c> is off.</summary>
    Disabled,

    /// <summary>The directory has no STUN server.</summary>
    NotOffered,

    /// <summary>The directory does not answer.</summary>
    DirectoryUnreachable,

    /// <summary>The time was over before the end.</summary>
    NotFinished,
}

/// <summary>A NAT's behaviour with one transport.</summary>
/// <param name="Transport"><c>udp</c> or <c>tcp</c>.</param>
/// <param name="Family"><c>ipv4</c> or <c>ipv6</c>.</param>
/// <param name="Local">The <c>address:port</c> on the machine.</param>
/// <param name="Public">The <c>address:port</c> that the directory's STUN server saw.</param>
public sealed record NatItem(
    string Transport,
    string Family,
    NatMapping Mapping,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Local = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Public = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? RoundTripMs = null
);

/// <summary>Mapping behaviour (RFC 4787, section 4.1).</summary>
[JsonConverter(typeof(KebabCase<NatMapping>))]
public enum NatMapping
{
    /// <summary>No STUN port answered.</summary>
    Unreachable,

    /// <summary>Only one STUN port answered.</summary>
    Unknown,

    /// <summary>There is no NAT.</summary>
    None,

    /// <summary>The same for all destinations.</summary>
    EndpointIndependent,

    /// <summary>The same for all ports of one address; other addresses were not tested.</summary>
    PortIndependent,

    /// <summary>Different for each destination address.</summary>
    AddressDependent,

    /// <summary>Different for each destination address and port.</summary>
    AddressAndPortDependent,
}

/// <summary>How the peer reaches its directory.</summary>
/// <param name="RoundTripMs">Of a call on an open connection; null if it was not reached.</param>
/// <param name="Detail">A sentence about the problem; null if there is none.</param>
public sealed record DoctorDirectoryItem(
    DirectoryReachState State,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? RoundTripMs = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Detail = null
);

/// <summary>Whether the directory can be used.</summary>
[JsonConverter(typeof(KebabCase<DirectoryReachState>))]
public enum DirectoryReachState
{
    /// <summary>It answers.</summary>
    Reached,

    /// <summary>It does not answer.</summary>
    Unreachable,

    /// <summary>It answers, and refuses the peer.</summary>
    Refused,
}

/// <summary>How the peer reaches the directory's relay.</summary>
/// <param name="RoundTripMs">Of a call on an open connection; null if it was not reached.</param>
public sealed record DoctorRelayItem(
    RelayReachState State,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? RoundTripMs = null
);

/// <summary>Whether the relay can be used.</summary>
[JsonConverter(typeof(KebabCase<RelayReachState>))]
public enum RelayReachState
{
    /// <summary>It answers.</summary>
    Reached,

    /// <summary>The directory offers none.</summary>
    NotOffered,

    /// <summary>The option <c>Peer:Relay</c> is off.</summary>
    Disabled,

    /// <summary>The directory answers, but a WebSocket does not get through.</summary>
    Blocked,

    /// <summary>The directory does not answer.</summary>
    DirectoryUnreachable,
}

/// <summary>The peer that was tried.</summary>
/// <param name="Path">How the open connection travels; null while not connected.</param>
/// <param name="Candidates">In the order of their start; empty if nothing was tried.</param>
public sealed record DoctorPeerItem(
    string Username,
    DoctorPeerState State,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PathKind? Path,
    IReadOnlyList<CandidateItem> Candidates
);

/// <summary>The directory's view of the peer.</summary>
[JsonConverter(typeof(KebabCase<DoctorPeerState>))]
public enum DoctorPeerState
{
    Online,
    Offline,

    /// <summary>The directory was not reached, or it refuses this peer.</summary>
    NotKnown,

    /// <summary>The name has a different key than the pinned one.</summary>
    KeyChanged,

    /// <summary>The directory's answer is not authentic.</summary>
    NotTrusted,
}

/// <summary>One way to the peer, and what became of it.</summary>
/// <param name="Address"><c>host:port</c>; empty for the relay.</param>
/// <param name="Outcome">For programs, such as <c>timed-out</c>. More may come in later versions.</param>
/// <param name="Text">The outcome in words.</param>
/// <param name="AfterMs">From the start of the check to the start of the attempt.</param>
/// <param name="TookMs">From the start of the attempt to its outcome; null if it was not tried.</param>
/// <param name="Try">With <c>punched</c>: 1 to 3; otherwise 0.</param>
public sealed record CandidateItem(
    PathKind Kind,
    string Address,
    string Outcome,
    string Text,
    double AfterMs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? TookMs = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Try = 0
);
