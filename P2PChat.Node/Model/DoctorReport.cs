using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>Why a peer can or cannot be reached, in words and with the measurements behind them.</summary>
/// <param name="StartedAt">By this machine's clock.</param>
/// <param name="Summary">The answer, in one or two sentences.</param>
/// <param name="Findings">The reasons and what to do, most important first.</param>
/// <param name="Peer">Null if only this machine was checked.</param>
public sealed record DoctorReport(
    DateTimeOffset StartedAt,
    TimeSpan Took,
    DoctorVerdict Verdict,
    string Summary,
    IReadOnlyList<DoctorFinding> Findings,
    DoctorMachine Machine,
    DoctorDirectory Directory,
    DoctorRelay Relay,
    NatReport Nat,
    DoctorPeer? Peer
);

/// <summary>The answer in one word.</summary>
public enum DoctorVerdict
{
    /// <summary>A path without the relay works, or nothing is wrong with this machine's network.</summary>
    Good,

    /// <summary>Only the relay works, or something limits this machine's connections.</summary>
    Limited,

    /// <summary>Nothing works.</summary>
    Failed,

    /// <summary>It could not be found out.</summary>
    Unknown,
}

/// <summary>One reason, or one thing to do.</summary>
/// <param name="Text">The finding, in one or two sentences.</param>
/// <param name="Advice">The remedy; null if nothing would help.</param>
public sealed record DoctorFinding(FindingCode Code, FindingLevel Level, string Text, string? Advice = null);

/// <summary>How much a finding matters.</summary>
public enum FindingLevel
{
    /// <summary>It prevents connections.</summary>
    Problem,

    /// <summary>It explains something, or limits connections.</summary>
    Note,

    /// <summary>A change that would help.</summary>
    Advice,
}

/// <summary>Identifies a finding, for programs. The names become values of the API.</summary>
public enum FindingCode
{
    ClockWrong,
    ClockOff,
    DirectoryUnreachable,
    DirectoryRefuses,
    DirectoryOlder,
    AddressHidden,
    LocalOnly,
    StunBlocked,
    NoStun,
    StunOffHere,
    RelayOff,
    RelayOffHere,
    RelayBlocked,
    CheckStopped,
    LookupFailed,
    HiddenThere,
    WrongIdentity,
    VersionMismatch,
    HandshakeFailed,
    HandshakeTimedOut,
    WebOnly,
    OnlyPrivateAddresses,
    NoCommonFamily,
    HostNotFound,
    NotConfirmed,
    ForbiddenPort,
    TooManyAddresses,
    PortRefused,
    PortSilent,
    NoSignalAnswer,
    SignalsFailed,
    PunchOffHere,
    PunchOffThere,
    PunchSymmetricHere,
    PunchBlockedThere,
    PunchFailed,
    RelayFull,
    RelayOffThere,
    RelayNotJoined,
    RelayFailed,
    FixedPort,
    OpenFirewall,
    ForwardPort,
    OpenThere,
}

/// <summary>The facts about this machine.</summary>
/// <param name="Endpoints">The advertised <c>host:port</c>s; empty if the address is hidden.</param>
/// <param name="ClockError">
/// This machine's clock minus the directory's, accurate to a second; null if the directory's time is not known.
/// </param>
/// <param name="HidesAddress">Whether the user hides this peer's address.</param>
/// <param name="Lan">Whether contacts are looked for on the local network.</param>
/// <param name="LanContacts">The contacts that were found there.</param>
public sealed record DoctorMachine(
    IReadOnlyList<string> Endpoints,
    TimeSpan? ClockError,
    bool HidesAddress,
    bool Lan,
    IReadOnlyList<Username> LanContacts
);

/// <summary>The directory, as reached from this machine.</summary>
/// <param name="RoundTrip">Of a call on an open connection; null if it was not reached.</param>
/// <param name="Detail">A sentence about the problem; null if there is none.</param>
public sealed record DoctorDirectory(DirectoryReachState State, TimeSpan? RoundTrip = null, string? Detail = null);

/// <summary>Whether the directory can be used.</summary>
public enum DirectoryReachState
{
    /// <summary>It answers, and this peer is registered or about to be.</summary>
    Reached,

    /// <summary>It does not answer.</summary>
    Unreachable,

    /// <summary>It answers, and refuses this peer.</summary>
    Refused,
}

/// <summary>The directory's relay, as reached from this machine.</summary>
/// <param name="RoundTrip">Of a call on an open connection; null if it was not reached.</param>
public sealed record DoctorRelay(RelayReachState State, TimeSpan? RoundTrip = null);

/// <summary>Whether the relay can be used.</summary>
public enum RelayReachState
{
    /// <summary>It answers a WebSocket upgrade.</summary>
    Reached,

    /// <summary>The directory offers no relay, or is an older one.</summary>
    NotOffered,

    /// <summary>The option <see cref="PeerOptions.Relay"/> is off.</summary>
    Disabled,

    /// <summary>The directory answers, but the upgrade does not get through.</summary>
    Blocked,

    /// <summary>The directory does not answer.</summary>
    DirectoryUnreachable,
}

/// <summary>The peer that was tried.</summary>
/// <param name="Path">How the open conversation travels; null while not connected.</param>
/// <param name="Attempts">All candidates, in the order of their start; empty if nothing was tried.</param>
public sealed record DoctorPeer(
    Username Name,
    DoctorPeerState State,
    PathKind? Path,
    IReadOnlyList<PathAttempt> Attempts
);

/// <summary>The directory's view of the peer.</summary>
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
