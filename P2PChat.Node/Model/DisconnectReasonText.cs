using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>Explains to a person why a connection ended, or was not established.</summary>
public static class DisconnectReasonText
{
    /// <summary>A sentence without its first capital and its full stop.</summary>
    public static string Describe(Username name, DisconnectReason reason) =>
        reason switch
        {
            DisconnectReason.EndedByThem => $"{name} has ended the connection",
            DisconnectReason.EndedByUs => $"disconnected from {name}",
            DisconnectReason.WentOffline => $"{name} has gone: offline",
            DisconnectReason.ConnectionLost => $"{name} has gone: connection lost",
            DisconnectReason.Silent => $"{name} has gone: nothing was heard of it for too long",
            DisconnectReason.Rejected => $"{name} has rejected your request",
            DisconnectReason.Busy => $"{name} accepts no more requests at the moment: try again in a minute",
            DisconnectReason.TooSoon => $"{name} rejected your last request: wait a minute before you ask again",
            DisconnectReason.NoAnswer => $"{name} has not answered: try again later",
            DisconnectReason.Unreachable => $"{name} cannot be reached: none of its addresses answers",
            DisconnectReason.WrongIdentity =>
                $"not connected to {name}: who answers there has another key than the directory says",
            DisconnectReason.NameRefused =>
                $"{name} could not make sure of your name: try again when both of you reach the directory",
            DisconnectReason.NameHeldByAnother =>
                $"not connected to {name}: another peer with that name is already connected. Disconnect from it first",
            DisconnectReason.NameInUse =>
                $"{name} is still connected to another peer under your name: try again in a minute",
            DisconnectReason.KeyRefused =>
                $"{name} knows your name under another key: tell {name} that your key is new, and try again once they trust it",
            DisconnectReason.HandshakeTimedOut => $"{name} took too long to connect: try again",
            DisconnectReason.HandshakeFailed =>
                $"not connected to {name}: its address answers, but the secure connection failed. Try again later",
            DisconnectReason.VersionMismatch =>
                $"{name} speaks another version of the protocol: one of you needs a newer program",
            DisconnectReason.ProtocolError => $"the connection to {name} is ended: the protocol was broken",
            DisconnectReason.InternalError =>
                $"the connection to {name} ended because one of the two peers failed: see its log",
            DisconnectReason.Overloaded => $"the connection to {name} is ended: too much at once, try again later",
            _ => $"the connection to {name} is ended",
        };
}
