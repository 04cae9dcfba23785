using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;

namespace P2PChat.Node.Paths;

/// <summary>
/// An action for the driver of a <see cref="PathMachine"/>. Each attempt and each lookup has a number of its own.
/// </summary>
internal abstract record PathEffect
{
    private PathEffect() { }

    /// <summary>
    /// Look up the addresses of one family, and pass them to <see cref="CallerPathMachine.Resolved"/>.
    /// </summary>
    public sealed record Resolve(int Lookup, string Host, AddressFamily Family) : PathEffect;

    /// <summary>Connect to the address, from any port, and authenticate as TLS client.</summary>
    /// <param name="Kind"><see cref="PathKind.Lan"/> or <see cref="PathKind.Direct"/>.</param>
    public sealed record Connect(int Attempt, IPEndPoint Address, PathKind Kind) : PathEffect;

    /// <summary>
    /// Post a signed PathRequest. Leads to <see cref="CallerPathMachine.SessionOpened"/> or
    /// <see cref="PathMachine.SessionFailed"/>. In a test it comes a second time, which ends the first session.
    /// </summary>
    /// <param name="WithCandidates">Whether it names this peer's candidates, so that the callee connects too.</param>
    /// <param name="WithRelay">Whether this peer opens a relay leg.</param>
    public sealed record OpenSession(bool WithCandidates, bool WithRelay) : PathEffect;

    /// <summary>
    /// Post a signed PathAnswer. Leads to <see cref="CalleePathMachine.AnswerPosted"/> or
    /// <see cref="PathMachine.SessionFailed"/>.
    /// </summary>
    public sealed record PostAnswer : PathEffect;

    /// <summary>Post the signal <c>start</c>. The result has no input, because the try starts in any case.</summary>
    public sealed record PostStart(int Try) : PathEffect;

    /// <summary>Open a relay leg of the session, and authenticate. The lower PeerId is TLS client.</summary>
    public sealed record OpenRelay(int Attempt) : PathEffect;

    /// <summary>
    /// Connect from the listener's port to each target at once, with one SYN each, and authenticate on one of the
    /// sockets that result.
    /// </summary>
    /// <param name="Try">1 to 3.</param>
    /// <param name="Expected">Addresses whose inbound connections belong to the try, from any port.</param>
    public sealed record Punch(
        int Attempt,
        int Try,
        IReadOnlyList<IPEndPoint> Targets,
        IReadOnlyList<IPAddress> Expected
    ) : PathEffect;

    /// <summary>Stop the attempt and close its sockets, whatever its state.</summary>
    public sealed record Cancel(int Attempt) : PathEffect;

    /// <summary>Give the attempt's authenticated channel to the conversation.</summary>
    /// <param name="IsTakeover">Whether it replaces a relayed path of the same run.</param>
    public sealed record Carry(int Attempt, PathKind Kind, bool IsTakeover) : PathEffect;

    /// <summary>The run is over, and no attempt is left.</summary>
    /// <param name="Failure">The most specific outcome if no path was found; null otherwise.</param>
    public sealed record Ended(PathOutcome? Failure) : PathEffect;
}
