namespace P2PChat.Node.Model;

/// <summary>Explains to the user what became of a candidate.</summary>
public static class PathOutcomeText
{
    /// <summary>Returns a few words, without a first capital and a full stop.</summary>
    public static string Describe(PathOutcome outcome) =>
        outcome switch
        {
            PathOutcome.Authenticated => "works",
            PathOutcome.Superseded => "stopped, because another path was faster",
            PathOutcome.NotOnThisNetwork => "not tried: a private address of another network",
            PathOutcome.NotRoutable => "not tried: leads to no other machine",
            PathOutcome.OverLimit => "not tried: enough addresses of that machine have been",
            PathOutcome.ForbiddenPort => "not tried: a port under 1024",
            PathOutcome.NotConfirmed => "not tried: the directory did not see the peer there",
            PathOutcome.NoRoute => "no route from this machine",
            PathOutcome.NotResolved => "host name not found",
            PathOutcome.Refused => "connection refused",
            PathOutcome.TimedOut => "no answer",
            PathOutcome.HandshakeFailed => "answered, but the secure connection failed",
            PathOutcome.HandshakeTimedOut => "answered, but the secure connection took too long",
            PathOutcome.WrongIdentity => "another peer answered",
            PathOutcome.VersionMismatch => "answered with another version of the protocol",
            PathOutcome.DirectoryUnreachable => "the directory did not answer",
            PathOutcome.NoAnswer => "the peer did not answer the directory's signal",
            PathOutcome.NotAllowed => "switched off on one side",
            PathOutcome.RelayUnavailable => "no relay available",
            _ => "not tried",
        };
}
