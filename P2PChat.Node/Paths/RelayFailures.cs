using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.Paths;

/// <summary>Maps the reason why a relay leg failed to the outcome of the attempt.</summary>
internal static class RelayFailures
{
    public static PathOutcome Of(DirectoryFailure failure) =>
        failure == DirectoryFailure.Unreachable ? PathOutcome.DirectoryUnreachable : PathOutcome.RelayUnavailable;

    /// <returns>Null if the relay has not ended the leg, so that TLS is to blame.</returns>
    public static PathOutcome? Of(RelayClose? end) =>
        end switch
        {
            null => null,
            RelayClose.PeerAbsent => PathOutcome.NoAnswer,
            RelayClose.PeerLeft => PathOutcome.HandshakeFailed,
            _ => PathOutcome.RelayUnavailable,
        };
}
