using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Paths;

namespace P2PChat.Discovery.Relay.Sessions;

/// <summary>One of the two peers of a path session.</summary>
/// <param name="ObservedAddress">The address from which the directory saw its registration, if known.</param>
internal sealed record PathParty(Username Name, string PeerId, string? ObservedAddress);

/// <summary>A side of a path session, as its token shows.</summary>
internal sealed record SessionSide(PathSession Session, bool IsCaller)
{
    public PathParty Self => IsCaller ? Session.Caller : Session.Callee;

    public PathParty Other => IsCaller ? Session.Callee : Session.Caller;
}

/// <summary>The directory's rendezvous of one attempt to find a path between two peers. Thread-safe.</summary>
/// <param name="address">The caller's address, as a limit by address counts it.</param>
/// <param name="request">The caller's request, until it is answered.</param>
internal sealed class PathSession(
    string id,
    PathParty caller,
    PathParty callee,
    string address,
    SignedPath request,
    DateTimeOffset expiresAt
)
{
    /// <summary>The first try begins with the answer; the caller starts the others.</summary>
    public const int MaxStarts = 3;

    private readonly Lock _gate = new();
    private SignedPath? _request = request;
    private int _starts;
    private bool _callerHasLeg;
    private bool _calleeHasLeg;

    public string Id => id;

    public PathParty Caller => caller;

    public PathParty Callee => callee;

    public string Address => address;

    public DateTimeOffset ExpiresAt => expiresAt;

    /// <summary>The request, for checking the answer; null once there is a valid one.</summary>
    public SignedPath? Unanswered
    {
        get
        {
            lock (_gate)
            {
                return _request;
            }
        }
    }

    /// <returns>False if the session was answered before.</returns>
    public bool TryAnswer()
    {
        lock (_gate)
        {
            var isFirst = _request is not null;
            _request = null;
            return isFirst;
        }
    }

    /// <returns>False if the caller has sent the maximum number of signals <c>start</c>.</returns>
    public bool TryStart()
    {
        lock (_gate)
        {
            return _starts < MaxStarts && ++_starts > 0;
        }
    }

    /// <summary>Whether a side has opened its relay leg, which it may have closed since.</summary>
    public bool HasLeg(bool isCaller)
    {
        lock (_gate)
        {
            return isCaller ? _callerHasLeg : _calleeHasLeg;
        }
    }

    /// <returns>False if this side has opened its relay leg before.</returns>
    public bool TryOpenLeg(bool isCaller)
    {
        lock (_gate)
        {
            ref var hasLeg = ref isCaller ? ref _callerHasLeg : ref _calleeHasLeg;
            return !hasLeg && (hasLeg = true);
        }
    }
}
