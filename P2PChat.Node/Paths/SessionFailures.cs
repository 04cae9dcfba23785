using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;

namespace P2PChat.Node.Paths;

/// <summary>Maps the directory's refusal of a path session to the outcome of the attempts that need one.</summary>
internal static class SessionFailures
{
    public static PathOutcome Of(DirectoryFailure failure) =>
        failure switch
        {
            DirectoryFailure.UnknownPeer or DirectoryFailure.PeerOffline => PathOutcome.NoAnswer,
            DirectoryFailure.TooManySessions => PathOutcome.RelayUnavailable,
            DirectoryFailure.Refused => PathOutcome.NotAllowed,
            _ => PathOutcome.DirectoryUnreachable,
        };
}
