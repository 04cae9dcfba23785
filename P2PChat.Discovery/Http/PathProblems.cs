using P2PChat.Protocol.DirectoryApi;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Http;

/// <summary>The problem details of path sessions.</summary>
internal static class PathProblems
{
    public static Problem SessionTokenUnknown() =>
        Problems.New(
            401,
            ProblemTypes.SessionTokenUnknown,
            "Unknown session token",
            "The path session has ended, or the token was used. Start a session with POST /relay/sessions."
        );

    public static Problem TooManySessions(TimeSpan retryAfter) =>
        Problems.Retryable(
            429,
            ProblemTypes.TooManySessions,
            "Too many path sessions",
            "Too many path sessions are open for this peer, from this address or in total. Try again when some have "
                + "ended.",
            retryAfter
        );

    public static Problem SignalNotExpected(string detail) =>
        Problems.New(409, ProblemTypes.SignalNotExpected, "Signal not expected", detail);

    public static Problem NotTheSender() =>
        Problems.New(
            403,
            ProblemTypes.BadSignature,
            "Signed by another peer",
            "A path request must be signed by the key of the peer whose leaseToken is sent, and a path answer by the "
                + "key of the peer that was asked."
        );

    public static Problem PeerOffline() =>
        Problems.New(
            409,
            ProblemTypes.PeerOffline,
            "Peer offline",
            "The name is claimed, but its peer is not online. Wait for its joined event."
        );

    public static Problem OtherKey() =>
        Problems.New(
            409,
            ProblemTypes.KeyChanged,
            "Another key",
            "The name is claimed by a different key than the request names. Look the peer up again."
        );
}
