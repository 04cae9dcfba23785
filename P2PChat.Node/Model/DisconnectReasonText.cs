using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>Explains to the user why a connection ended, or was not established.</summary>
public static class DisconnectReasonText
{
    /// <summary>Returns a sentence without its first capital and its full stop.</summary>
    public static string Describe(Username name, DisconnectReason reason) =>
        reason switch
        {
            DisconnectReason.EndedByThem => $"{name} ended the connection",
            DisconnectReason.EndedByUs => $"disconnected from {name}",
            DisconnectReason.WentOffline => $"{name} went offline",
            DisconnectReason.ConnectionLost => $"the connection to {name} was lost",
            DisconnectReason.Silent => $"the connection to {name} was lost: nothing was received for too long",
            DisconnectReason.Rejected => $"{name} rejected your request",
            DisconnectReason.Busy => $"{name} accepts no more requests at the moment: try again in a minute",
            DisconnectReason.TooSoon => $"{name} rejected your last request: wait a minute before you ask again",
            DisconnectReason.NoAnswer => $"{name} did not answer: try again later",
            DisconnectReason.Unreachable => $"{name} cannot be reached at any of its addresses",
            DisconnectReason.WrongIdentity =>
                $"not connected to {name}: the peer at its address has a different key than the directory says",
            DisconnectReason.NameRefused =>
                $"{name} could not verify your name: try again when both of you can reach the directory",
            DisconnectReason.NameHeldByAnother =>
                $"not connected to {name}: another peer with that name is already connected. Disconnect from it first",
            DisconnectReason.NameInUse =>
                $"{name} is still connected to another peer with your name: try again in a minute",
            DisconnectReason.KeyRefused =>
                $"{name} knows your name with a different key: tell {name} that your key is new, "
                    + "and try again once they trust it",
            DisconnectReason.HandshakeTimedOut => $"{name} took too long to connect: try again",
            DisconnectReason.HandshakeFailed =>
                $"not connected to {name}: its address answers, but the secure connection failed. Try again later",
            DisconnectReason.VersionMismatch =>
                $"{name} uses a different version of the protocol: one of you must update",
            DisconnectReason.ProtocolError => $"the connection to {name} ended: protocol error",
            DisconnectReason.InternalError =>
                $"the connection to {name} ended because one of the two peers failed: see its log",
            DisconnectReason.Overloaded => $"the connection to {name} ended: it was overloaded. Try again later",
            DisconnectReason.RequestExpired =>
                $"{name} did not come online in time, and your request has expired: send another",
            _ => $"the connection to {name} ended",
        };
}
