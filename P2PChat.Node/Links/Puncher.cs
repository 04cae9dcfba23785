using System.Net;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Links;

/// <summary>The outcome of one target of one try.</summary>
/// <param name="Took">From the start of the try.</param>
internal sealed record PunchAttempt(IPEndPoint Target, PathOutcome Outcome, TimeSpan Took);

/// <summary>
/// Opens paths through NATs and firewalls by TCP simultaneous open: both peers connect at the same time, from the port
/// on which they listen, to each other's addresses.
/// </summary>
internal sealed class Puncher(
    SharedPort port,
    PeerListener listener,
    PeerIdentity identity,
    PeerOptions options,
    PeerMetrics metrics,
    SteadyClock clock
)
{
    /// <summary>
    /// Begins to accept the peer's connections, until the run is disposed. Each <see cref="PunchRun.TryAsync"/> then
    /// connects to the targets.
    /// </summary>
    /// <param name="targets">Addresses to which this peer may connect (<c>CandidateRules</c>).</param>
    /// <param name="isTest">
    /// Whether inbound connections that the listener has authenticated are only reported, and stay with the listener:
    /// the other side may have dialled for another reason.
    /// </param>
    public PunchRun Begin(PeerId peer, IReadOnlyList<IPEndPoint> targets, bool isTest = false) =>
        new(
            new PunchSockets(identity, peer, isTest, listener, options, metrics, clock),
            port,
            listener,
            targets,
            clock
        );
}
