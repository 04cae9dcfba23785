using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>The outcome of one attempt to reach a peer, for the doctor, metrics and spans.</summary>
/// <param name="StartedAt">By this machine's clock.</param>
/// <param name="Chosen">The path that carries the conversation; null if there is none.</param>
/// <param name="Attempts">All candidates, including those that were not tried, in the order of their start.</param>
public sealed record PathReport(
    Username With,
    DateTimeOffset StartedAt,
    PathKind? Chosen,
    IReadOnlyList<PathAttempt> Attempts
);

/// <summary>One candidate and what became of it.</summary>
/// <param name="Candidate"><c>host:port</c>; empty for the relay.</param>
/// <param name="After">From the start of the report to the start of the attempt.</param>
/// <param name="Took">From the start of the attempt to its outcome; null if it was not tried.</param>
/// <param name="Try">With <see cref="PathKind.Punched"/>: 1 to 3; otherwise 0.</param>
public sealed record PathAttempt(
    PathKind Kind,
    string Candidate,
    PathOutcome Outcome,
    TimeSpan After = default,
    TimeSpan? Took = null,
    int Try = 0
);

/// <summary>The outcome of a candidate.</summary>
public enum PathOutcome
{
    /// <summary>The expected peer has authenticated.</summary>
    Authenticated,

    /// <summary>Another candidate was faster, so this attempt was stopped or not started.</summary>
    Superseded,

    /// <summary>A private address of another network (<c>CandidateRules</c>).</summary>
    NotOnThisNetwork,

    /// <summary>A loopback or link-local address, which leads to this machine only.</summary>
    NotRoutable,

    /// <summary>A port below 1024 other than 443.</summary>
    ForbiddenPort,

    /// <summary>A stranger's address that the directory did not see.</summary>
    NotConfirmed,

    /// <summary>Enough addresses of that machine have been tried.</summary>
    OverLimit,

    /// <summary>This machine has no route to the address, such as IPv6 without an IPv6 network.</summary>
    NoRoute,

    /// <summary>The host name could not be resolved.</summary>
    NotResolved,

    /// <summary>The other machine, or a firewall, refused the connection.</summary>
    Refused,

    /// <summary>Nothing answered.</summary>
    TimedOut,

    /// <summary>Something answered, but TLS failed.</summary>
    HandshakeFailed,

    /// <summary>Something answered, but TLS took too long.</summary>
    HandshakeTimedOut,

    /// <summary>Another peer answered at this address.</summary>
    WrongIdentity,

    /// <summary>The two programs have no protocol version in common.</summary>
    VersionMismatch,

    /// <summary>The directory could not be reached for the signals.</summary>
    DirectoryUnreachable,

    /// <summary>The other peer did not answer the signals.</summary>
    NoAnswer,

    /// <summary>The other peer, or a setting here, does not allow this kind of path.</summary>
    NotAllowed,

    /// <summary>The directory offers no relay, or it is at its limit.</summary>
    RelayUnavailable,
}
