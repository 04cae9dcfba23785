using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>Refusals that more than one service gives.</summary>
internal static class Refusals
{
    public static PeerException ToSelf() => new(PeerError.ToOneself, "That is your own username. Name another peer.");

    public static PeerException NotConnected(Username name) =>
        new(PeerError.NotConnected, $"You are not connected to {name}. Use 'connect {name}' first.");

    public static PeerException NoConversation(Username name) =>
        new(PeerError.UnknownPeer, $"There is no conversation with {name}. Use 'connect {name}' to start one.");
}
