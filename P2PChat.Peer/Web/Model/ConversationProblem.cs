using P2PChat.Node.Identity;
using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>Explains events that a conversation shows above its messages.</summary>
internal static class ConversationProblem
{
    /// <returns>Null if the event is not a problem, or does not concern the conversation with that person.</returns>
    public static string? Of(PeerEvent peerEvent, Person with) =>
        peerEvent switch
        {
            PeerEvent.Disconnected { With: var name, Reason: var reason } when name == with.Name => DisconnectText.Of(
                with.DisplayName,
                reason
            ),
            PeerEvent.NameClaimed { Name: var name, Key: var key } when name == with.Name => DisconnectText.OfClaim(
                with.DisplayName,
                key
            ),
            PeerEvent.InviterKeyChanged { Name: var name } when name == with.Name => InviterKeyWarning.For(name),
            _ => null,
        };
}
