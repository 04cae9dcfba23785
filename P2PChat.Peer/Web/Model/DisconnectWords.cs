using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>Why a connection ended, or did not come about, where the person should know.</summary>
internal static class DisconnectWords
{
    /// <returns>Null where how the other one stands says enough.</returns>
    public static string? Of(Username name, DisconnectReason reason) =>
        reason switch
        {
            DisconnectReason.Rejected => $"{name} has rejected your request.",
            DisconnectReason.Busy => $"{name} accepts no more requests at the moment. Try again in a minute.",
            DisconnectReason.TooSoon => $"{name} rejected your last request. Wait a minute before you ask again.",
            DisconnectReason.NoAnswer => $"{name} has not answered: try again later.",
            DisconnectReason.Unreachable => $"{name} cannot be reached: none of its addresses answers.",
            DisconnectReason.WrongIdentity =>
                $"You are not connected: who answers in {name}'s place has another key than the directory says.",
            DisconnectReason.NameRefused =>
                $"{name} could not make sure of your name: try again when both of you reach the directory.",
            DisconnectReason.NameHeldByAnother =>
                $"You are not connected: another peer named {name} is already connected. Disconnect from it first.",
            DisconnectReason.NameInUse =>
                $"{name} is still connected to another peer under your name. Try again in a minute.",
            DisconnectReason.KeyRefused =>
                $"{name} knows your name under another key. Tell {name} that your key is new, and try again once they trust it.",
            DisconnectReason.HandshakeTimedOut => $"{name} took too long to connect: try again.",
            DisconnectReason.HandshakeFailed =>
                $"You are not connected: {name}'s address answers, but the secure connection failed. Try again later.",
            DisconnectReason.VersionMismatch =>
                $"{name} speaks another version of the protocol: one of you needs a newer program.",
            DisconnectReason.ProtocolError => $"The connection to {name} has ended: the protocol was broken.",
            DisconnectReason.InternalError =>
                $"The connection to {name} ended because one of the two peers failed. See its log.",
            DisconnectReason.Overloaded => $"The connection to {name} has ended: too much at once, try again later.",
            DisconnectReason.EndedByThem => $"{name} has ended the connection.",
            _ => null,
        };
}
