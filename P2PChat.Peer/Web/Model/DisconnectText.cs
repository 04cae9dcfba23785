using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>Explains why a connection ended or failed, where the user should know.</summary>
internal static class DisconnectText
{
    /// <returns>Null if the person's status says enough.</returns>
    public static string? Of(string name, DisconnectReason reason) =>
        reason switch
        {
            DisconnectReason.Rejected => $"{name} rejected your request.",
            DisconnectReason.Busy => $"{name} accepts no more requests at the moment. Try again in a minute.",
            DisconnectReason.TooSoon => $"{name} rejected your last request. Wait a minute before you ask again.",
            DisconnectReason.NoAnswer => $"{name} did not answer. Try again later.",
            DisconnectReason.Unreachable => $"{name} cannot be reached at any address. Try again later.",
            DisconnectReason.WrongIdentity =>
                $"You are not connected. The peer at {name}'s address has a different key than the directory says.",
            DisconnectReason.NameRefused =>
                $"{name} could not verify your name. Try again when both of you can reach the directory.",
            DisconnectReason.NameHeldByAnother =>
                $"You are not connected. Another peer named {name} is already connected. Disconnect from it first.",
            DisconnectReason.NameInUse =>
                $"{name} is still connected to another peer with your name. Try again in a minute.",
            DisconnectReason.KeyRefused => $"{name} knows your name with a different key. Tell {name} that your key is "
                + "new, and try again once they accept it.",
            DisconnectReason.HandshakeTimedOut => $"{name} took too long to connect. Try again.",
            DisconnectReason.HandshakeFailed =>
                $"You are not connected. {name}'s address answers, but the secure connection failed. Try again later.",
            DisconnectReason.VersionMismatch =>
                $"{name} uses a different version of the protocol. One of you must update P2PChat.",
            DisconnectReason.ProtocolError => $"The connection to {name} ended with a protocol error. Try again.",
            DisconnectReason.InternalError =>
                $"The connection to {name} ended because one of the two peers failed. See its log.",
            DisconnectReason.Overloaded =>
                $"The connection to {name} ended because one of the two peers is overloaded. Try again later.",
            DisconnectReason.EndedByThem => $"{name} ended the connection.",
            DisconnectReason.RequestExpired =>
                $"{name} did not come online in time, and your request has expired. Ask again.",
            _ => null,
        };

    /// <summary>Explains that a peer with another key claimed the name of a connected peer.</summary>
    public static string OfClaim(string name, PeerId key) =>
        $"Another peer ({key.Short}) tried to connect as {name} and was refused, because {name} is already connected. "
        + $"If {name} has restarted, disconnect on the page about them, and let them ask again.";
}
