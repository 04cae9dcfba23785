using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>Explains events that a conversation shows above its messages.</summary>
internal static class ConversationProblem
{
    /// <returns>Null if the event is no problem, or does not concern the conversation with that peer.</returns>
    public static string? Of(PeerEvent peerEvent, Username with) =>
        peerEvent switch
        {
            PeerEvent.Disconnected { With: var name, Reason: var reason } when name == with => DisconnectText.Of(
                name,
                reason
            ),
            PeerEvent.NameClaimed { Name: var name, Key: var key } when name == with => DisconnectText.OfClaim(
                name,
                key
            ),
            PeerEvent.InviterKeyChanged { Name: var name } when name == with => InviterKeyWarning.For(name),
            _ => null,
        };
}
