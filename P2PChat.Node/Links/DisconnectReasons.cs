using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Links;

/// <summary>Maps the end of a link, or a failed search for a path, to the reason that the user sees.</summary>
internal static class DisconnectReasons
{
    /// <param name="byRemote">Whether the other side gave the reason.</param>
    public static DisconnectReason Of(CloseReason reason, bool byRemote) =>
        reason switch
        {
            CloseReason.Ended or CloseReason.Duplicate => byRemote
                ? DisconnectReason.EndedByThem
                : DisconnectReason.EndedByUs,
            CloseReason.GoingAway => byRemote ? DisconnectReason.WentOffline : DisconnectReason.EndedByUs,
            CloseReason.RequestExpired => DisconnectReason.NoAnswer,
            CloseReason.HandshakeTimeout => DisconnectReason.HandshakeTimedOut,
            CloseReason.Silent => DisconnectReason.Silent,
            CloseReason.UnsupportedVersion => DisconnectReason.VersionMismatch,

            // This side dialled a known name, so the mismatch is in what the other side's Hello says.
            CloseReason.NameMismatch when !byRemote => DisconnectReason.WrongIdentity,
            CloseReason.KeyChanged when byRemote => DisconnectReason.KeyRefused,
            CloseReason.NameMismatch or CloseReason.NameUnverified or CloseReason.KeyChanged =>
                DisconnectReason.NameRefused,
            CloseReason.NameInUse => byRemote ? DisconnectReason.NameInUse : DisconnectReason.NameHeldByAnother,
            CloseReason.ProtocolViolation or CloseReason.BadFrame => DisconnectReason.ProtocolError,
            CloseReason.InternalError => DisconnectReason.InternalError,
            CloseReason.Overloaded => DisconnectReason.Overloaded,
            CloseReason.Rejected => DisconnectReason.Rejected,
            CloseReason.ConnectionLost => DisconnectReason.ConnectionLost,
            _ => byRemote ? DisconnectReason.EndedByThem : DisconnectReason.ConnectionLost,
        };

    public static DisconnectReason Of(PathOutcome failure) =>
        failure switch
        {
            PathOutcome.VersionMismatch => DisconnectReason.VersionMismatch,
            PathOutcome.WrongIdentity => DisconnectReason.WrongIdentity,
            PathOutcome.HandshakeTimedOut => DisconnectReason.HandshakeTimedOut,
            PathOutcome.HandshakeFailed => DisconnectReason.HandshakeFailed,
            _ => DisconnectReason.Unreachable,
        };
}
