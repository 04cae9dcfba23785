namespace P2PChat.Node.Model;

/// <summary>Describes the outcome of a candidate to the user.</summary>
public static class PathOutcomeText
{
    /// <summary>Returns a few words, without a first capital and a full stop.</summary>
    public static string Describe(PathOutcome outcome) =>
        outcome switch
        {
            PathOutcome.Authenticated => "works",
            PathOutcome.Superseded => "stopped, because another path was faster",
            PathOutcome.NotOnThisNetwork => "not tried: a private address of another network",
            PathOutcome.NotRoutable => "not tried: not the address of another machine",
            PathOutcome.OverLimit => "not tried: too many addresses",
            PathOutcome.ForbiddenPort => "not tried: a port below 1024",
            PathOutcome.NotConfirmed => "not tried: the directory did not see the peer there",
            PathOutcome.NoRoute => "no route from this machine",
            PathOutcome.NotResolved => "host name not found",
            PathOutcome.Refused => "connection refused",
            PathOutcome.TimedOut => "no answer",
            PathOutcome.HandshakeFailed => "answered, but the secure connection failed",
            PathOutcome.HandshakeTimedOut => "answered, but the secure connection took too long",
            PathOutcome.WrongIdentity => "another peer answered",
            PathOutcome.VersionMismatch => "answered with a different protocol version",
            PathOutcome.DirectoryUnreachable => "the directory did not answer",
            PathOutcome.NoAnswer => "the peer did not answer the directory's signal",
            PathOutcome.NotAllowed => "not tried: turned off on one side",
            PathOutcome.RelayUnavailable => "no relay available",
            _ => "not tried",
        };
}
