using P2PChat.Node.Model;

namespace P2PChat.Node.Paths;

/// <summary>Examines the NAT in front of this machine with the directory's STUN server.</summary>
internal interface INatProbe
{
    /// <summary>
    /// Probes UDP and TCP in every family that this machine has, TCP from the listener's port. Failures of the network
    /// are results. Takes at most 5 s, and disturbs no open connection.
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    Task<NatReport> ProbeAsync(CancellationToken cancellationToken);
}
