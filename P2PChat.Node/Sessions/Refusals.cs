using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>Refusals that the sessions and the services have in common.</summary>
internal static class Refusals
{
    public static PeerException ToSelf() => new(PeerError.ToOneself, "That is your own username. Name another peer.");

    public static PeerException NotConnected(Username name) =>
        new(PeerError.NotConnected, $"You are not connected to {name}. Ask {name} to connect first.");

    public static PeerException UnknownMessage() =>
        new(PeerError.UnknownMessage, "There is no such message. It may have been deleted.");

    public static PeerException NoConversation(Username name) =>
        new(PeerError.UnknownPeer, $"There is no conversation with {name}. Ask {name} to connect to start one.");
}
